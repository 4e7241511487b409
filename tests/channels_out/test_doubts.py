"""A send whose outcome is unknown is never simply sent again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels_out.errors import Uncertain
from channels_out.models import Delivery, DeliveryAttempt, StatusEvent
from channels_out.outbox import (
    NotPossible,
    StatusOutcome,
    StatusReport,
    doubts,
    drain,
    expire_leases,
    record_status,
    resolve_doubts,
    settle,
    tick,
)
from channels_out.outbox.claim import claim
from channels_out.state import OnDoubt, State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ask_at_once(settings):
    settings.RESOLVE_AFTER = 0


@pytest.fixture
def smtp_like(memory, monkeypatch):
    """A transport that nobody can ask what became of a message."""
    monkeypatch.setattr(memory, "asks", "")
    return memory


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def make_due(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())


def test_a_message_whose_answer_got_lost_is_in_doubt_and_not_sent_again(memory, text):
    memory.loses_answers = True
    delivery = text()
    drain()
    assert drain() == 0
    assert state_of(delivery) == State.IN_DOUBT
    assert len(memory.accepted) == 1


def test_a_doubt_is_settled_by_what_the_provider_holds(memory, text):
    memory.loses_answers = True
    delivery = text()
    drain()
    assert resolve_doubts() == 1
    assert state_of(delivery) == State.SENT
    assert delivery.provider_id == memory.accepted[0][1].provider_id
    assert len(memory.accepted) == 1


def test_what_one_worker_was_told_says_nothing_of_what_another_has_sent_since(
    memory, text, monkeypatch
):
    """Both had asked before: the provider had nothing of the first try."""
    memory.answers.append(Uncertain())
    delivery = text()
    drain()
    resolve = doubts._resolve

    def late(question):
        assert question.answer.result() == []
        monkeypatch.setattr(doubts, "_resolve", resolve)
        make_due(delivery)
        resolve_doubts()
        memory.loses_answers = True
        drain()
        resolve(question)

    monkeypatch.setattr(doubts, "_resolve", late)
    resolve_doubts()
    assert state_of(delivery) == State.IN_DOUBT
    make_due(delivery)
    resolve_doubts()
    assert state_of(delivery) == State.SENT
    assert len(memory.accepted) == 1


def test_a_message_that_the_provider_does_not_hold_is_sent_again_once(memory, text):
    memory.answers.append(Uncertain())
    delivery = text()
    drain()
    resolve_doubts()
    assert state_of(delivery) == State.QUEUED
    drain()
    assert state_of(delivery) == State.SENT
    assert len(memory.accepted) == 1


def test_a_doubt_older_than_a_day_fails_and_asks_its_writer(memory, text):
    memory.answers.append(Uncertain())
    delivery = text()
    drain()
    Delivery.objects.update(queued_at=timezone.now() - timedelta(hours=25))
    resolve_doubts()
    assert (state_of(delivery), delivery.error_name) == (State.FAILED, "expired")
    assert delivery.next_step == "Send it again if it still makes sense."
    assert memory.accepted == []


def test_a_doubt_older_than_a_day_waits_for_a_person_when_nobody_answers(memory, text, monkeypatch):
    async def is_silent(outgoing, since):
        raise Uncertain("no answer")

    monkeypatch.setattr(memory, "find", is_silent)
    memory.loses_answers = True
    delivery = text()
    drain()
    Delivery.objects.update(queued_at=timezone.now() - timedelta(hours=25))
    resolve_doubts()
    assert state_of(delivery) == State.IN_DOUBT
    assert delivery.waits_for_a_person


def test_a_doubt_that_breaks_keeps_back_no_other(memory, text, monkeypatch):
    memory.loses_answers = True
    bad, good = text("bad"), text("good")
    drain()
    find = memory.find

    async def breaks_on_bad(outgoing, since):
        if outgoing.rendered.text == "bad":
            raise KeyError("bug")
        return await find(outgoing, since)

    monkeypatch.setattr(memory, "find", breaks_on_bad)
    assert resolve_doubts() == 2
    assert state_of(bad) == State.IN_DOUBT
    assert state_of(good) == State.SENT


def test_a_report_unseen_while_its_answer_was_recorded_is_applied_by_the_clock(memory, text):
    delivery = text()
    drain()
    [(_, held)] = memory.accepted
    StatusEvent.objects.create(
        provider=held.provider,
        provider_id=held.provider_id,
        provider_status="delivered",
        status=State.DELIVERED,
    )
    assert tick() == 1
    assert state_of(delivery) == State.DELIVERED
    assert tick() == 0


def test_a_report_of_a_foreign_account_is_not_applied_by_the_clock(memory, text):
    delivery = text()
    drain()
    DeliveryAttempt.objects.update(account="AC1")
    StatusEvent.objects.create(
        provider=delivery.tries.get().provider,
        provider_id=delivery.tries.get().provider_id,
        provider_status="delivered",
        status=State.DELIVERED,
        account="AC2",
    )
    tick()
    assert state_of(delivery) == State.SENT


def test_the_provider_is_not_asked_before_its_time(memory, text, settings):
    settings.RESOLVE_AFTER = 30
    memory.loses_answers = True
    text()
    drain()
    assert resolve_doubts() == 0


def test_of_two_equal_messages_in_doubt_one_found_settles_one(memory, text):
    memory.loses_answers = True
    text("Yes")
    drain()
    memory.loses_answers = False
    memory.answers.append(Uncertain())
    text("Yes")
    drain()
    assert resolve_doubts() == 2
    states = sorted(Delivery.objects.values_list("state", flat=True))
    assert states == [State.QUEUED, State.SENT]
    drain()
    assert len(memory.accepted) == 2


def test_a_message_found_for_another_delivery_settles_nothing(memory, text):
    text("Yes")
    drain()
    memory.answers.append(Uncertain())
    second = text("Yes")
    drain()
    resolve_doubts()
    assert state_of(second) == State.QUEUED


def test_a_provider_that_cannot_be_asked_is_asked_again_later(memory, text, monkeypatch):
    memory.loses_answers = True
    delivery = text()
    drain()

    async def down(outgoing, since):
        raise Uncertain("503")

    with monkeypatch.context() as patch:
        patch.setattr(memory, "find", down)
        resolve_doubts()
    assert state_of(delivery) == State.IN_DOUBT
    make_due(delivery)
    resolve_doubts()
    assert state_of(delivery) == State.SENT


def test_a_killed_workers_message_is_in_doubt_when_its_lease_ends(memory, text):
    delivery = text()
    claim(1)
    assert expire_leases() == 0
    Delivery.objects.update(lease_until=timezone.now())
    assert expire_leases() == 1
    assert state_of(delivery) == State.IN_DOUBT
    assert drain() == 0


def test_f27_a_message_whose_worker_died_before_sending_is_sent_once(memory, text):
    delivery = text()
    claim(1)
    Delivery.objects.update(lease_until=timezone.now())
    tick()
    drain()
    assert state_of(delivery) == State.SENT
    assert len(memory.accepted) == 1


def test_the_next_message_of_a_lane_waits_while_the_provider_is_being_asked(memory, text):
    memory.loses_answers = True
    text("first", lane="c")
    text("second", lane="c")
    drain()
    assert len(memory.accepted) == 1
    memory.loses_answers = False
    resolve_doubts()
    drain()
    assert len(memory.accepted) == 2


def test_a_notification_in_doubt_is_sent_again_under_the_same_message_id(smtp_like, mail):
    smtp_like.loses_answers = True
    delivery = mail(on_doubt=OnDoubt.RESEND)
    drain()
    smtp_like.loses_answers = False
    resolve_doubts()
    drain()
    assert state_of(delivery) == State.SENT
    assert [outgoing.message_id for outgoing, _ in smtp_like.accepted] == [delivery.message_id] * 2


def test_a_notification_that_stays_in_doubt_is_not_sent_for_ever(smtp_like, mail):
    smtp_like.loses_answers = True
    delivery = mail(on_doubt=OnDoubt.RESEND)
    for _ in range(6):
        make_due(delivery)
        drain()
        resolve_doubts()
    assert len(smtp_like.accepted) == 4
    assert state_of(delivery) == State.IN_DOUBT
    assert delivery.waits_for_a_person


def test_an_answer_to_a_customer_waits_for_a_persons_word(smtp_like, mail):
    smtp_like.loses_answers = True
    delivery = mail(on_doubt=OnDoubt.ASK)
    drain()
    assert tick() == 0
    assert state_of(delivery) == State.IN_DOUBT
    assert delivery.waits_for_a_person
    assert "say whether it was sent" in delivery.next_step


def test_a_message_that_waits_for_a_person_does_not_hold_up_its_lane(smtp_like, mail):
    smtp_like.loses_answers = True
    mail("first", lane="c")
    drain()
    smtp_like.loses_answers = False
    second = mail("second", lane="c")
    drain()
    assert state_of(second) == State.SENT


@pytest.mark.parametrize(("was_sent", "copies"), [(True, 1), (False, 2)])
def test_a_person_settles_a_doubt(smtp_like, mail, was_sent, copies):
    smtp_like.loses_answers = True
    delivery = mail()
    drain()
    smtp_like.loses_answers = False
    settle(delivery, was_sent=was_sent)
    drain()
    assert state_of(delivery) == State.SENT
    assert len(smtp_like.accepted) == copies


def test_only_a_message_in_doubt_can_be_settled(memory, text):
    delivery = text()
    with pytest.raises(NotPossible, match="Only a message in doubt"):
        settle(delivery, was_sent=True)


def test_f01_a_report_on_the_attempt_resolves_the_doubt(memory, text):
    memory.loses_answers = True
    delivery = text()
    drain()
    report = StatusReport(
        provider="memory",
        provider_status="delivered",
        provider_id=memory.accepted[0][1].provider_id,
        attempt_id=delivery.tries.get().pk,
    )
    assert record_status(report) == StatusOutcome.RECORDED
    assert state_of(delivery) == State.DELIVERED
    assert resolve_doubts() == 0


def test_a_report_that_comes_after_the_message_was_queued_again_stops_the_second_send(memory, text):
    memory.answers.append(Uncertain())
    delivery = text()
    drain()
    resolve_doubts()
    report = StatusReport(
        provider="memory",
        provider_status="sent",
        provider_id="late",
        attempt_id=delivery.tries.get().pk,
    )
    record_status(report)
    assert drain() == 0
    assert state_of(delivery) == State.SENT


def test_the_answer_of_a_worker_taken_for_dead_still_counts(memory, text):
    from channels_out.outbox.record import Result, record
    from channels_out.outgoing import Sent

    delivery = text()
    [claimed] = claim(1)
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    expire_leases()
    record([Result(delivery.pk, claimed.outgoing.attempt_id, Sent("memory", "1"))])
    assert state_of(delivery) == State.SENT


def test_an_answer_with_another_messages_id_settles_nothing(memory, text):
    from channels_out.outbox.record import Result, record
    from channels_out.outgoing import Sent

    first, second = text(), text()
    claims = {each.delivery_id: each for each in claim(2)}
    record(
        [
            Result(delivery.pk, claims[delivery.pk].outgoing.attempt_id, Sent("memory", "same"))
            for delivery in (first, second)
        ]
    )
    assert state_of(first) == State.SENT
    assert state_of(second) == State.IN_DOUBT
