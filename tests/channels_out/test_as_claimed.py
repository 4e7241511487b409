"""Answers are recorded on the rows as they were claimed, unless somebody has touched them since."""

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from channels_out.errors import Uncertain
from channels_out.models import Circuit, Delivery
from channels_out.outbox import StatusReport, give_up_leases, record_status, rows
from channels_out.outbox.claim import claim
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent
from channels_out.state import State

pytestmark = pytest.mark.django_db


def ended(claimed, answer):
    """How a claimed attempt ended, as a drain says it."""
    return Result(claimed.delivery_id, claimed.attempt_id, answer, claimed)


def report_on(claimed, word):
    return record_status(
        StatusReport(
            provider="twilio",
            provider_status=word,
            provider_id="SM1",
            attempt_id=claimed.attempt_id,
        )
    )


def test_a_batch_that_nobody_touched_is_not_read_again(memory, text, django_assert_num_queries):
    for _ in range(3):
        text()
    results = [ended(claimed, Sent("memory", str(claimed.delivery_id))) for claimed in claim(3)]
    of_postgresql = 2 if connection.vendor == "postgresql" else 0  # how to read, and the locks
    with django_assert_num_queries(8 + of_postgresql):
        record(results)
    for delivery in Delivery.objects.all():
        attempt = delivery.tries.get()
        assert (delivery.state, delivery.provider_id) == (State.SENT, str(delivery.pk))
        assert (attempt.outcome, attempt.provider_id) == (State.SENT, str(delivery.pk))
        assert delivery.lease_until is None


def test_an_answer_moves_nothing_back_that_was_reported_meanwhile(memory, text):
    delivery = text()
    [claimed] = claim(1)
    report_on(claimed, "delivered")
    record([ended(claimed, Sent("twilio", "SM1"))])
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED


def test_a_report_by_the_provider_s_id_that_came_before_the_answer_counts(memory, text):
    """It named no attempt, so it matched nothing then."""
    delivery = text()
    [claimed] = claim(1)
    record_status(StatusReport(provider="twilio", provider_status="delivered", provider_id="SM1"))
    record([ended(claimed, Sent("twilio", "SM1"))])
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED


def test_an_answer_that_got_lost_forgets_no_id_that_was_reported_meanwhile(memory, text):
    delivery = text()
    [claimed] = claim(1)
    report_on(claimed, "sent")
    record([ended(claimed, Uncertain("The line broke."))])
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert delivery.tries.get().provider_id == "SM1"


def test_an_answer_that_comes_after_its_lease_was_given_up_still_counts(memory, text):
    delivery = text()
    [claimed] = claim(1)
    give_up_leases()
    record([ended(claimed, Sent("memory", "1"))])
    delivery.refresh_from_db()
    assert delivery.state == State.SENT


def test_a_sender_that_was_paused_meanwhile_goes_on(memory, text, sender):
    text()
    [claimed] = claim(1)
    type(sender).objects.update(paused_at=timezone.now(), paused_reason="refused")
    record([ended(claimed, Sent("memory", "1"))])
    sender.refresh_from_db()
    assert sender.paused_at is None


def test_a_provider_that_failed_is_forgiven_once_it_takes_a_message_and_no_other_for_it(
    memory, text
):
    ours = Circuit.objects.create(channel="sms", failures=3)
    others = Circuit.objects.create(channel="sms", account="AC2", failures=3)
    text()
    [claimed] = claim(1)
    record([ended(claimed, Sent("memory", "1"))])
    ours.refresh_from_db()
    others.refresh_from_db()
    assert (ours.failures, others.failures) == (0, 3)


def test_the_trouble_of_another_account_costs_no_look_at_the_rows(
    memory, text, django_assert_num_queries
):
    Circuit.objects.create(channel="sms", account="AC2", failures=3)
    text()
    [claimed] = claim(1)
    of_postgresql = 2 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(8 + of_postgresql):
        record([ended(claimed, Sent("memory", "1"))])


def test_an_answer_is_recorded_whole_when_the_first_try_was_rolled_back(memory, text, monkeypatch):
    delivery = text()
    [claimed] = claim(1)
    update, failures = rows.update, [OperationalError("gone")]

    def update_once_broken(*arguments):
        update(*arguments)
        if failures:
            raise failures.pop()

    monkeypatch.setattr(rows, "update", update_once_broken)
    record([ended(claimed, Sent("memory", "1"))])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (State.SENT, "1")


def test_what_was_erased_meanwhile_is_not_made_anew(memory, text):
    delivery = text()
    [claimed] = claim(1)
    delivery.delete()
    record([ended(claimed, Sent("memory", "1"))])
    assert not Delivery.objects.exists()
