"""Requests that come at the same time are committed together, and each hears of its own row."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from gateway.models import MessageReply
from tests.webhooks.conftest import Twilio, sms
from tests.webhooks.processes import DIED, run_dying_server
from webhooks import group_commit
from webhooks.deadline import answering_within
from webhooks.models import EventState, InboundEvent, InboundEventQuerySet, Kind
from webhooks.processing import process_due

SECONDS = 20

pytestmark = pytest.mark.django_db(transaction=True)


def event(key: str, **columns: Any) -> InboundEvent:
    return InboundEvent(
        kind=Kind.TWILIO_INBOUND, provider="twilio", unique_key=key, body=b"x", size=1, **columns
    )


class Gate:
    """Holds the database up until it is opened; counts the rows of each insert."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inserts: list[int] = []
        self.is_reached = threading.Event()
        self._is_open = threading.Event()
        self._insert = InboundEventQuerySet.bulk_create
        monkeypatch.setattr(
            InboundEventQuerySet,
            "bulk_create",
            lambda rows, *args, **kw: self._wait(rows, *args, **kw),
        )

    def open(self) -> None:
        self._is_open.set()

    def _wait(self, rows: Any, events: list[InboundEvent], **options: Any) -> Any:
        self.inserts.append(len(events))
        self.is_reached.set()
        assert self._is_open.wait(SECONDS)
        return self._insert(rows, events, **options)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.open()


@pytest.fixture
def requests() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as threads:
        yield threads


def together(
    gate: Gate,
    requests: ThreadPoolExecutor,
    *events: InboundEvent,
    store: Callable[[InboundEvent], bool] = group_commit.store,
) -> list[Future[bool]]:
    """Stores these in one batch: they come while the one before them is at the database."""
    before = requests.submit(group_commit.store, event("before"))
    assert gate.is_reached.wait(SECONDS)
    writer = group_commit._writer(os.getpid())
    answers = []
    for number, each in enumerate(events, start=1):
        answers.append(requests.submit(store, each))
        while writer._queue.qsize() < number:
            pass
    gate.open()
    assert before.result(SECONDS)
    return answers


def test_what_comes_while_the_database_is_busy_is_one_commit(gate, requests):
    answers = together(gate, requests, *(event(f"{number}") for number in range(30)))
    assert all(answer.result(SECONDS) for answer in answers)
    assert gate.inserts == [1, 30]
    assert InboundEvent.objects.count() == 31


def test_f12_a_repeat_within_a_batch_and_one_of_an_earlier_batch_are_told_apart(gate, requests):
    first, again, earlier = together(gate, requests, event("1"), event("1"), event("before"))
    assert sorted([first.result(SECONDS), again.result(SECONDS)]) == [False, True]
    assert earlier.result(SECONDS) is False
    assert InboundEvent.objects.count() == 2


def test_a_row_that_the_database_refuses_spoils_no_other(gate, requests):
    bad = event("bad", state=EventState.DONE)
    good, refused, other = together(gate, requests, event("1"), bad, event("2"))
    assert good.result(SECONDS)
    assert other.result(SECONDS)
    with pytest.raises(DatabaseError):
        refused.result(SECONDS)
    assert set(InboundEvent.objects.values_list("unique_key", flat=True)) == {"before", "1", "2"}


def test_a_batch_is_bounded_by_its_rows_and_its_bytes(gate, requests, monkeypatch):
    monkeypatch.setattr(group_commit, "MOST_ROWS", 3)
    monkeypatch.setattr(group_commit, "MOST_BYTES", 100)
    events = [event(f"{number}") for number in range(4)] + [event("5"), event("6")]
    events[4].size = 100
    for answer in together(gate, requests, *events):
        assert answer.result(SECONDS)
    assert gate.inserts == [1, 3, 2, 1]


def failing(error: Exception) -> Callable[..., None]:
    """Something that fails whenever it is called."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [OperationalError("down"), InterfaceError("closed")])
def test_f17_when_the_database_is_down_all_who_wait_hear_it_and_the_next_is_stored(
    twilio, requests, monkeypatch, error
):
    with monkeypatch.context() as patched:
        patched.setattr(InboundEventQuerySet, "bulk_create", failing(error))
        waiting = [requests.submit(Twilio().post, sms(f"SM{n:032}")) for n in range(5)]
        answers = [each.result(SECONDS) for each in waiting]
    assert {(each.status_code, each["Retry-After"]) for each in answers} == {(503, "30")}
    assert not InboundEvent.objects.exists()
    assert twilio.post(sms()).status_code == 200


def test_f39_a_database_that_does_not_answer_is_a_503_before_the_provider_gives_up(
    twilio, gate, requests, monkeypatch
):
    monkeypatch.setattr(group_commit, "PATIENCE", 0.3)
    on_its_way = requests.submit(twilio.post, sms("SM" + "1" * 32))
    assert gate.is_reached.wait(SECONDS)
    assert twilio.post(sms("SM" + "2" * 32)).status_code == 503
    assert on_its_way.result(SECONDS).status_code == 503
    gate.open()
    monkeypatch.undo()
    assert twilio.post(sms("SM" + "3" * 32)).status_code == 200
    assert twilio.post(sms("SM" + "1" * 32)).status_code == 200
    keys = InboundEvent.objects.order_by("unique_key").values_list("unique_key", flat=True)
    assert [key[-1] for key in keys] == ["1", "3"], "who had given up is not stored behind his back"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's connections keep no time")
def test_who_has_waited_too_long_takes_nobody_with_him(gate, requests):
    def store(each: InboundEvent) -> bool:
        with answering_within(0 if each.unique_key == "old" else SECONDS):
            return group_commit.store(each)

    for answer in together(gate, requests, event("old"), event("1"), event("2"), store=store):
        assert answer.result(SECONDS)


@pytest.mark.parametrize("breaks", ["_settle", "close_old_connections"])
def test_whatever_goes_wrong_is_a_503_and_the_next_is_stored(twilio, monkeypatch, breaks):
    with monkeypatch.context() as patched:
        patched.setattr(group_commit, breaks, failing(LookupError("odd")))
        assert twilio.post(sms()).status_code == 503
    assert twilio.post(sms()).status_code == 200
    assert InboundEvent.objects.count() == 1


def test_texts_of_one_person_in_one_batch_are_filed_in_the_order_they_came(twilio, bikes, gate):
    texts = [sms(f"SM{9 - n}" + "0" * 31, Body=f"Text {n}") for n in range(6)]
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(twilio.post, texts[0])]
        assert gate.is_reached.wait(SECONDS)
        for number, text in enumerate(texts[1:], start=1):
            answers.append(threads.submit(Twilio().post, text))
            while group_commit._writer(os.getpid())._queue.qsize() < number:
                pass
        gate.open()
        assert {answer.result(SECONDS).status_code for answer in answers} == {200}
    assert gate.inserts == [1, 5]
    assert process_due() == 6
    replies = MessageReply.objects.order_by("created_at").values_list("reply", flat=True)
    assert list(replies) == [f"Text {n}" for n in range(1, 6)]


def test_f33_the_same_requests_in_two_orders_do_not_wait_for_each_other(requests):
    def insert(numbers: list[int]) -> None:
        group_commit._insert([event(f"{number:03}", path="x" * 2000) for number in numbers])
        connection.close()

    for turn in range(10):
        numbers = list(range(turn * 40, turn * 40 + 40))
        both = [requests.submit(insert, numbers), requests.submit(insert, numbers[::-1])]
        for each in both:
            each.result(SECONDS)
    assert InboundEvent.objects.count() == 400


@pytest.mark.skipif(connection.vendor != "postgresql", reason="ends a connection of PostgreSQL's")
def test_f32_a_connection_that_was_cut_costs_no_request(twilio):
    # The pool waits longer after each dead connection that it meets, and other tests leave it some.
    connection.close()
    connection.close_pool()
    assert twilio.post(sms("SM" + "1" * 32)).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert twilio.post(sms("SM" + "2" * 32)).status_code == 200
    assert InboundEvent.objects.count() == 2


def test_a_process_killed_between_commit_and_answer_has_stored_it_once(twilio):
    assert run_dying_server() == DIED
    assert InboundEvent.objects.count() == 1
    assert twilio.post(sms()).status_code == 200
    assert InboundEvent.objects.count() == 1
