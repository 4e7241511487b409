"""How the journal is worked: in order, by lease, with patience, and never lost."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from gateway import worker
from gateway.models import CustomerMessage
from tests.webhooks.conftest import sms
from webhooks import processing
from webhooks.body import KEPT_IN_ROW
from webhooks.deadline import within
from webhooks.models import EventState, InboundEvent
from webhooks.outcome import Ended, Outcome, first_of
from webhooks.processing import LEASE, TRIES, claim, process, process_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch: Any, caplog: Any) -> None:
    """A fault in our own code, with a text that no log of pytest-xdist can carry."""
    caplog.set_level("CRITICAL", "webhooks.processing")

    def fail(event: InboundEvent) -> Ended:
        raise LookupError("a fault of ours \0\ud800")

    monkeypatch.setattr(processing, "TAKE_IN", dict.fromkeys(processing.TAKE_IN, fail))


def test_the_worker_knows_both_drains():
    assert worker.WORK["inbound"].batch is process_due
    assert "media" in worker.WORK


def test_texts_of_one_person_are_filed_in_the_order_they_came(twilio, bikes):
    for number in range(5):
        twilio.post(sms(f"SM{number:032}", Body=f"text {number}"))
    assert process_due() == 5
    message = CustomerMessage.objects.get()
    replies = message.replies.order_by("created_at", "id").values_list("reply", flat=True)
    assert [message.message, *replies] == [f"text {number}" for number in range(5)]


def test_what_is_in_other_hands_is_left_alone_until_the_lease_runs_out(twilio, bikes):
    twilio.post(sms())
    now = timezone.now()
    assert len(claim(10, now)) == 1
    assert claim(10, now + LEASE - timedelta(seconds=1)) == []
    again = claim(10, now + LEASE + timedelta(seconds=1))
    assert [event.attempts for event in again] == [2]


def test_a_worker_that_is_told_to_end_gives_back_what_it_has_not_begun(twilio, bikes, monkeypatch):
    for number in range(5):
        twilio.post(sms(f"SM{number:032}", From=f"+1415555{number:04}"))
    answers = iter([False, False])
    monkeypatch.setattr(processing, "is_stopping", lambda: next(answers, True))
    assert process_due() == 2
    left = InboundEvent.objects.filter(state=EventState.DUE)
    assert list(left.values_list("attempts", "lease_until")) == [(0, None)] * 3


def test_what_an_error_left_in_this_workers_hands_is_free_at_the_next_look(
    twilio, bikes, monkeypatch
):
    for number in range(3):
        twilio.post(sms(f"SM{number:032}", From=f"+1415555{number:04}"))

    def break_off(ends: list[Any]) -> None:
        raise OperationalError("cut off")

    with monkeypatch.context() as broken:
        broken.setattr(processing, "_settle", break_off)
        with pytest.raises(OperationalError):
            process_due()
    assert InboundEvent.objects.filter(lease_until__isnull=False).count() == 3
    assert process_due() == 3
    assert CustomerMessage.objects.count() == 3


def test_what_killed_a_worker_is_tried_alone_and_takes_no_other_with_it(twilio, bikes):
    for number in range(5):
        twilio.post(sms(f"SM{number:032}", From=f"+1415555{number:04}"))
    now = timezone.now()
    assert len(claim(10, now)) == 5  # and the worker dies over the first of them
    for tries in range(2, TRIES + 3):
        now += LEASE + timedelta(seconds=1)
        (deadly,) = claim(10, now)
        assert deadly.attempts == tries
    others = InboundEvent.objects.exclude(pk=deadly.pk)
    assert set(others.values_list("attempts", flat=True)) == {1}


def test_a_worker_whose_lease_ran_out_does_not_write_over_the_next(twilio, bikes):
    twilio.post(sms())
    (late,) = claim(10, timezone.now() - LEASE - timedelta(seconds=1)) or claim(10, timezone.now())
    InboundEvent.objects.update(lease_until=timezone.now() + LEASE)
    process(late)
    assert InboundEvent.objects.get().state == EventState.DUE


def test_a_batch_that_took_too_long_leaves_the_rest_to_others(twilio, bikes, monkeypatch):
    twilio.post(sms())
    monkeypatch.setattr(processing, "LEASE", timedelta(0))
    assert process_due() == 0
    assert InboundEvent.objects.get().state == EventState.DUE


@pytest.mark.usefixtures("broken")
def test_a_fault_is_a_state_with_its_reason_and_is_tried_again_later(twilio):
    twilio.post(sms())
    assert process_due() == 1
    event = InboundEvent.objects.get()
    assert (event.state, event.outcome, event.attempts) == ("failed", "failed", 1)
    assert event.detail.startswith("LookupError: a fault of ours")
    assert event.due_at > timezone.now()
    assert process_due() == 0


@pytest.mark.usefixtures("broken")
def test_after_many_tries_a_failed_event_waits_for_a_person(twilio):
    twilio.post(sms())
    for _ in range(TRIES):
        InboundEvent.objects.update(due_at=timezone.now())
        process_due()
    event = InboundEvent.objects.get()
    assert (event.state, event.due_at) == ("failed", None)


def test_an_event_that_kills_every_worker_is_set_aside(twilio, bikes):
    twilio.post(sms())
    InboundEvent.objects.update(attempts=TRIES)
    process_due()
    event = InboundEvent.objects.get()
    assert (event.state, event.due_at, event.outcome) == ("failed", None, "failed")
    assert not CustomerMessage.objects.exists()


def test_after_the_fix_it_is_processed_again_by_command(twilio, bikes, monkeypatch):
    twilio.post(sms())
    with monkeypatch.context() as patched:
        patched.setattr(processing, "TAKE_IN", {})
        process_due()
    said = io.StringIO()
    call_command("reprocess", "--outcome", "failed", "--dry-run", stdout=said)
    assert process_due() == 0
    call_command("reprocess", "--outcome", "failed", "--since", "2020-01-01", stdout=said)
    assert process_due() == 1
    assert InboundEvent.objects.get().outcome == Outcome.FILED
    assert "1 events would be" in said.getvalue()
    assert "1 events will be" in said.getvalue()


def test_reprocess_by_id_and_kind():
    with pytest.raises(CommandError, match="Name at least one event"):
        call_command("reprocess")
    with pytest.raises(CommandError, match="since"):
        call_command("reprocess", "--since", "yesterday")


def test_several_ends_of_one_request_are_told_together():
    ends = [Ended(Outcome.DUPLICATE, "filed"), Ended(Outcome.HELD, "no access")]
    assert first_of(ends, Ended(Outcome.NOTED)) == Ended(
        Outcome.HELD, "no access\nalso duplicate: filed"
    )


def test_a_call_that_takes_too_long_is_left_behind():
    import threading

    release = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, release.wait)
    release.set()
    assert within(1, lambda: 7) == 7


@pytest.fixture
def admin(client: Any) -> Any:
    user = get_user_model().objects.create_superuser(email="root@example.com", password="x")
    client.force_login(user)
    return client


def test_staff_find_an_event_and_send_it_round_again(twilio, bikes, admin):
    twilio.post(sms())
    process_due()
    event = InboundEvent.objects.get()
    address = reverse("admin:gateway_webhooks_inboundevent_changelist")
    assert (
        str(event.get_kind_display()) in admin.get(address, {"q": str(event.id)}).content.decode()
    )
    change = reverse("admin:gateway_webhooks_inboundevent_change", args=[event.pk])
    page = admin.get(change).content.decode()
    assert event.unique_key in page
    assert 'name="_save"' not in page
    admin.post(address, {"action": "process_again", "_selected_action": [str(event.pk)]})
    assert InboundEvent.objects.get().state == EventState.DUE


@pytest.mark.parametrize("size", [10, KEPT_IN_ROW + 10])
def test_only_a_superuser_may_see_the_raw_body_and_never_in_the_browser(mail_provider, admin, size):
    raw = b"From: a@b.c\r\n\r\n<script>" + b"x" * size
    mail_provider.mail(raw)
    event = InboundEvent.objects.get()
    address = reverse("admin:gateway_webhooks_inboundevent_body", args=[event.pk])
    answer = admin.get(address)
    assert b"".join(answer.streaming_content) == raw
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Content-Disposition"].startswith("attachment")
    get_user_model().objects.update(is_superuser=False)
    assert admin.get(address).status_code == 403


def test_ends_are_recorded_together_but_that_of_one_that_was_tried_before_alone(
    twilio, bikes, monkeypatch
):
    for number in range(4):
        twilio.post(sms(f"SM{number:032}", From=f"+1555019{number}"))
    tried = InboundEvent.objects.order_by("received_at")[2]
    InboundEvent.objects.filter(id=tried.id).update(attempts=1)
    recorded: list[int] = []
    settle = processing._settle

    def count(ends: list[Any]) -> None:
        recorded.append(len(ends))
        settle(ends)

    monkeypatch.setattr(processing, "_settle", count)
    assert process_due() == 4
    assert recorded == [2, 1, 1]
    assert not InboundEvent.objects.exclude(outcome=Outcome.FILED).exists()
