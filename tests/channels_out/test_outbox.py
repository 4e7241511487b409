"""What a message lives through between being asked for and being handed to a provider."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.errors import (
    BadAddress,
    CredentialsRefused,
    Deferred,
    OptedOut,
    ProviderDown,
    TooFast,
    Unreachable,
)
from channels_out.models import Delivery, Sender
from channels_out.outbox import (
    NotPossible,
    cancel,
    drain,
    enqueue,
    resume,
    retry,
)
from channels_out.outbox.claim import claim
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Rendered, Sent
from channels_out.signals import deliveries_changed
from channels_out.state import State

pytestmark = pytest.mark.django_db


def texts(memory):
    return [outgoing.rendered.text for outgoing, _ in memory.accepted]


def make_due(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())


def test_a_queued_message_is_sent_once(memory, text):
    delivery = text("Still there?")
    assert drain() == 1
    assert drain() == 0
    delivery.refresh_from_db()
    assert texts(memory) == ["Still there?"]
    assert delivery.state == State.SENT
    assert delivery.sent_at is not None
    assert delivery.provider_id == memory.accepted[0][1].provider_id


def test_the_adapter_gets_everything_it_needs(memory, text, settings):
    settings.TWILIO_MESSAGING_SERVICE_SID = "MG1"
    delivery = text()
    drain()
    [(outgoing, _)] = memory.accepted
    attempt = delivery.tries.get()
    assert outgoing.sender_address == "+15550100"
    assert outgoing.account == settings.TWILIO_ACCOUNT_SID
    assert outgoing.messaging_service == "MG1"
    assert outgoing.status_callback == (
        f"https://gateway.test/webhooks/twilio/status/{attempt.pk}/"
    )


def test_a_message_whose_transaction_is_rolled_back_is_never_sent(memory, text):
    with transaction.atomic():
        text()
        transaction.set_rollback(True)
    assert drain() == 0


def test_a_message_waits_until_it_is_due(memory, text):
    delivery = text(due_at=timezone.now() + timedelta(hours=1))
    assert drain() == 0
    make_due(delivery)
    assert drain() == 1


def test_a_phone_message_without_one_of_our_numbers_is_refused(db):
    with pytest.raises(ValueError, match="needs a number"):
        enqueue(channel=Channel.SMS, to_address="+1", rendered=Rendered(text="Hi"))


def test_everything_in_a_message_survives_the_queue(memory, text):
    rendered = Rendered(
        text="Grüße",
        headers=(("References", "<a@b>"),),
        media_urls=("https://gateway.test/m/1",),
        content_variables=(("1", "Ann"),),
    )
    text(rendered=rendered)
    drain()
    assert memory.accepted[0][0].rendered == rendered


def test_messages_of_one_lane_go_out_one_after_the_other_in_order(memory, text):
    for words in "abc":
        text(words, lane="conversation-1")
    assert drain() == 3
    assert texts(memory) == ["a", "b", "c"]


def test_a_later_message_never_overtakes_one_that_waits_to_be_tried_again(memory, text):
    memory.answers.append(ProviderDown())
    first = text("first", lane="conversation-1")
    text("second", lane="conversation-1")
    text("elsewhere", lane="conversation-2")
    drain()
    assert texts(memory) == ["elsewhere"]
    make_due(first)
    drain()
    assert texts(memory) == ["elsewhere", "first", "second"]


def test_a_message_that_failed_for_good_lets_the_next_one_pass(memory, text):
    memory.answers.append(BadAddress())
    text("first", lane="conversation-1")
    text("second", lane="conversation-1")
    drain()
    assert texts(memory) == ["second"]


def test_an_owner_reads_why_a_message_failed_and_what_to_do(memory, text):
    memory.answers.append(BadAddress(error_code="21211"))
    delivery = text()
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.FAILED
    assert delivery.error_name == "bad_address"
    assert delivery.error_code == "21211"
    assert delivery.reason == BadAddress.reason
    assert "Check the address" in delivery.next_step


def test_a_provider_that_is_down_is_tried_again_with_growing_pauses(memory, text):
    memory.answers.extend([ProviderDown()] * 4)
    delivery = text()
    pauses = []
    for _ in range(4):
        make_due(delivery)
        drain()
        delivery.refresh_from_db()
        assert delivery.state == State.QUEUED
        pauses.append((delivery.due_at - timezone.now()).total_seconds())
    assert 2 < pauses[0] < 5 < pauses[2]
    assert pauses == sorted(pauses)


def test_a_phone_that_stays_unreachable_is_given_up(memory, text):
    memory.answers.extend([Unreachable()] * 5)
    delivery = text()
    for _ in range(5):
        make_due(delivery)
        drain()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.FAILED, 5)


@pytest.mark.parametrize("error", [ProviderDown, TooFast, Unreachable, Deferred])
def test_what_fails_for_days_is_given_up_and_promises_nothing(memory, text, error):
    memory.answers.append(error())
    delivery = text()
    Delivery.objects.update(queued_at=timezone.now() - timedelta(hours=49))
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.FAILED
    assert (delivery.reason, delivery.next_step) == (error.given_up, error.last_step)
    assert not re.search("by itself|waits|kept|at the moment", delivery.reason + delivery.next_step)


def test_f06_too_fast_slows_the_sender_down_and_burns_no_attempt(memory, text, sender):
    memory.answers.extend([TooFast(retry_after=20)] * 6)
    first = text("first", lane="conversation-1")
    text("second", lane="conversation-1")
    for _ in range(6):
        make_due(first)
        Sender.objects.update(next_at=timezone.now())
        drain()
        sender.refresh_from_db()
        assert sender.next_at - timezone.now() > timedelta(seconds=18)
    make_due(first)
    Sender.objects.update(next_at=timezone.now())
    drain()
    assert texts(memory) == ["first", "second"]


def test_f07_refused_credentials_pause_the_sender_and_keep_its_queue(memory, text, sender, caplog):
    memory.answers.append(CredentialsRefused("401"))
    first = text("first", lane="conversation-1")
    text("second", lane="conversation-1")
    drain()
    sender.refresh_from_db()
    first.refresh_from_db()
    assert sender.paused_at is not None
    assert first.state == State.QUEUED
    assert "is paused" in caplog.text
    make_due(first)
    assert drain() == 0
    resume(sender)
    drain()
    assert texts(memory) == ["first", "second"]


def test_f07_a_paused_sender_resumes_by_itself_once_the_credentials_work(memory, text, sender):
    memory.answers.append(CredentialsRefused("401"))
    text("first", lane="conversation-1")
    text("second", lane="conversation-1")
    drain()
    later = timezone.now()
    Sender.objects.update(next_at=later)
    Delivery.objects.update(due_at=later)
    drain()
    sender.refresh_from_db()
    assert sender.paused_at is None
    assert texts(memory) == ["first", "second"]


def test_f07_refused_credentials_of_a_mail_server_keep_the_mail(memory, mail, caplog):
    memory.answers.append(CredentialsRefused("535"))
    delivery = mail()
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.QUEUED
    assert "email are refused: 535" in caplog.text


def test_nothing_leaves_from_a_sender_that_is_switched_off(memory, text, sender):
    Sender.objects.update(is_active=False)
    text()
    assert drain() == 0


def test_a_sender_keeps_its_pace_over_several_workers(memory, text, sender):
    Sender.objects.update(per_second=5)
    for _ in range(12):
        text()
    start = timezone.now()
    assert drain(limit=3) == 3
    assert drain(limit=3) == 3
    elapsed = (timezone.now() - start).total_seconds()
    sender.refresh_from_db()
    assert elapsed > 0.9
    assert sender.next_at >= start + timedelta(seconds=6 / 5)


@pytest.mark.parametrize(
    ("channel", "address", "own", "pace"),
    [
        ("sms", "+15550101", None, 1),
        ("sms", "12345", None, 100),
        ("sms", "12345", 3.0, 3),
        ("sms", "BIKESHOP", None, 1),
        ("whatsapp", "+15550101", None, 80),
    ],
)
def test_a_sender_that_names_no_pace_has_that_of_its_kind(settings, channel, address, own, pace):
    settings.SMS_PER_SECOND = 1
    assert Sender(channel=channel, address=address, per_second=own).pace == pace


def test_a_slow_sender_does_not_hold_up_another(memory, text):
    slow = Sender.objects.create(channel=Channel.SMS, address="+15550101", per_second=0.01)
    for words in ("slow 1", "slow 2", "slow 3"):
        text(words, sender=slow)
    text("quick")
    drain()
    assert texts(memory) == ["slow 1", "quick"]


def test_f08_an_opt_out_that_the_provider_reports_stops_everything_from_that_number(memory, text):
    memory.answers.append(OptedOut(error_code="21610"))
    refused = text()
    drain()
    later = text()
    drain()
    for delivery in (refused, later):
        delivery.refresh_from_db()
        assert (delivery.state, delivery.error_name) == (State.FAILED, "opted_out")
    assert later.tries.count() == 0


def test_a_waiting_message_can_be_taken_back(memory, text):
    delivery = cancel(text())
    assert delivery.state == State.CANCELLED
    assert drain() == 0


def test_a_sent_message_cannot_be_taken_back(memory, text):
    delivery = text()
    drain()
    with pytest.raises(NotPossible, match="this one is sent"):
        cancel(delivery)


def test_a_failed_message_can_be_sent_again_by_hand_with_new_patience(memory, text):
    memory.answers.extend([Unreachable()] * 5)
    delivery = text()
    for _ in range(5):
        make_due(delivery)
        drain()
    memory.answers.append(Unreachable())
    assert retry(delivery).state == State.QUEUED
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.QUEUED
    make_due(delivery)
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert delivery.reason == ""


def test_only_a_failed_message_can_be_sent_again(memory, text):
    delivery = text()
    with pytest.raises(NotPossible, match="this one is queued"):
        retry(delivery)


def test_news_of_all_deliveries_of_a_batch_travels_by_one_signal(memory, text):
    batches = []

    def hear(changes, **_):
        batches.append([(each.delivery_id, each.previous_state) for each in changes])

    claims = [(text(), claim(1)[0]) for _ in range(3)]
    results = [
        Result(each.pk, claimed.outgoing.attempt_id, Sent("memory", str(each.pk)))
        for each, claimed in reversed(claims)
    ]
    deliveries_changed.connect(hear)
    try:
        record(results)
    finally:
        deliveries_changed.disconnect(hear)
    assert batches == [[(each.pk, State.SENDING) for each, _ in claims]]


@pytest.mark.parametrize("answer", [Sent("memory", ""), BadAddress(), TooFast(retry_after=1)])
def test_recording_costs_as_many_queries_for_thirty_messages_as_for_one(
    memory, text, django_assert_max_num_queries, answer
):
    for _ in range(30):
        text()
    results = [Result(each.delivery_id, each.outgoing.attempt_id, answer) for each in claim(30)]
    assert len(results) == 30
    with django_assert_max_num_queries(11):
        record(results)


def test_a_channel_without_an_adapter_fails_with_a_reason(settings, db):
    settings.CHANNEL_ADAPTERS = {}
    delivery = enqueue(channel=Channel.WEB, to_address="x", rendered=Rendered(text="Hi"))
    drain()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_name) == (State.FAILED, "not_supported")


def test_an_adapter_that_breaks_leaves_the_message_in_doubt(memory, text, monkeypatch):
    async def broken(outgoing):
        raise IntegrityError("broken\nDETAIL:  Failing row contains (kayak).")

    monkeypatch.setattr(memory, "send", broken)
    delivery = text()
    drain()
    delivery.refresh_from_db()
    assert delivery.state == State.IN_DOUBT
    assert delivery.tries.get().detail == r"IntegrityError('broken\nDETAIL: ***"


def test_a_drain_stops_at_its_limit(memory, text):
    for _ in range(5):
        text()
    assert drain(limit=2) == 2
    assert Delivery.objects.filter(state=State.QUEUED).count() == 3


def test_a_claim_of_many_asks_the_database_no_more_than_a_claim_of_one(memory, text):
    def questions(messages):
        for _ in range(messages):
            text()
        with CaptureQueriesContext(connection) as captured:
            assert len(claim(messages)) == messages
        return len(captured)

    assert questions(30) == questions(1)
