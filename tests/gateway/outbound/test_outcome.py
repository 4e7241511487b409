"""What providers report moves many conversations at once, and never stands in anybody's way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, connections

from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import StatusReport, drain, record_status
from channels_out.outbox.claim import claim
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent
from channels_out.state import State
from gateway import states
from gateway.models import Status
from gateway.outbound import outcome
from tests.factories import make_message, make_reply
from tests.gateway.post import sent_to_customer

pytestmark = pytest.mark.usefixtures("memory")
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
)
PAUSE = 0.3  # seconds in which the other one runs into the lock, if there is one


@pytest.fixture
def paused(monkeypatch) -> threading.Event:
    """Set while a recorder has just locked the businesses of its batch, where it then stays a while."""
    there, real = threading.Event(), outcome.inboxes_changed

    def slow(businesses):
        real(businesses)
        there.set()
        threading.Event().wait(PAUSE)

    monkeypatch.setattr(outcome, "inboxes_changed", slow)
    return there


def answered(*members):
    """A conversation of each member, each answered."""
    messages = [
        make_message(member, sender_email=f"customer{number}@home.example")
        for number, member in enumerate(members)
    ]
    for message, member in zip(messages, members, strict=True):
        make_reply(message, member)
    return messages


def results(messages, *answers):
    """How the sending of each conversation's answer ended; taken by the provider if nothing is said."""
    claimed = {each.delivery_id: each.outgoing.attempt_id for each in claim(100)}
    pks = [sent_to_customer(message)[0].pk for message in messages]
    ends = [*answers, *(Sent("memory", str(pk)) for pk in pks[len(answers) :])]
    return [Result(pk, claimed[pk], end) for pk, end in zip(pks, ends, strict=True)]


@pytest.fixture
def start():
    """Begins some work in a thread of its own; its `result` raises what the work raised."""

    def whole(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        yield partial(pool.submit, whole)


@pytest.mark.django_db(transaction=True)
def test_a_batch_moves_each_of_its_conversations(ann, ben):
    kept, lost = answered(ann, ben)
    record(results([kept, lost], Sent("memory", "id-1"), BadAddress()))
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.status, lost.status) == (Status.REPLIED, Status.READ)
    assert lost.waiting_since == lost.created_at


@pytest.mark.django_db
def test_a_batch_tells_every_inbox_once_however_many_answers_it_holds(
    ann, ben, django_assert_max_num_queries
):
    messages = answered(*[ann, ben] * 8)
    batch = results(messages)
    before = {}
    for member in (ann, ben):
        member.business.refresh_from_db()
        before[member] = member.business.inbox_version
    with django_assert_max_num_queries(20):
        record(batch)
    for member, version in before.items():
        member.business.refresh_from_db()
        assert member.business.inbox_version == version + 1


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_recorder_and_an_owner_of_the_same_conversation_wait_for_each_other(
    ann, paused, start, caplog
):
    messages = answered(ann, ann)
    batch = results(messages, Sent("memory", "id-1"), BadAddress())
    recorder = start(lambda: record(batch))
    assert paused.wait(5)
    with states.change(messages[1].pk) as message:
        message.snippet = "seen"
    recorder.result(20)
    assert "one by one" not in caplog.text


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_recorders_lock_the_businesses_in_one_order(ann, ben, paused, start, caplog):
    one, two, three, four = answered(ann, ben, ann, ben)
    batch = results([one, two, four, three])
    recorders = [start(lambda part=part: record(part)) for part in (batch[:2], batch[2:])]
    for recorder in recorders:
        recorder.result(20)
    assert "one by one" not in caplog.text
    assert set(Delivery.objects.filter(purpose="reply").values_list("state", flat=True)) == {
        State.SENT
    }


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_bounce_and_an_owner_of_the_same_conversation_wait_for_each_other(ann, paused, start):
    (message,) = answered(ann)
    drain()
    delivery = sent_to_customer(message)[0]
    bounce = StatusReport(delivery.provider, "bounced", provider_id=delivery.provider_id)
    paused.clear()
    reporter = start(lambda: record_status(bounce))
    assert paused.wait(5)
    with states.change(message.pk) as locked:
        locked.snippet = "seen"
    reporter.result(20)
    assert not message.contact.addresses.filter(bounced_at=None).exists()
