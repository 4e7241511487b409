"""What Twilio knows of texts of ours and never reported is recorded as its callback would have been."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from channels_out.models import Delivery, Sender, StatusEvent
from channels_out.outbox import drain, enqueue
from channels_out.outgoing import Rendered
from channels_out.state import State
from tests.simulator_process import wait_for
from tests.webhooks.conftest import CUSTOMER
from webhooks.models import Errand, InboundEvent, Round
from webhooks.outcome import Outcome
from webhooks.processing import process_due
from webhooks.reconcile.standing import BATCH

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(provider, bikes):
    """Sends texts until the provider has brought each to its end; their deliveries are still "sent"."""
    number = Sender.objects.get(channel="sms")
    Sender.objects.update(per_second=1000)

    def until_its_end(*words: str) -> list[Delivery]:
        sent = [
            enqueue(
                channel="sms",
                to_address=CUSTOMER,
                sender=number,
                rendered=Rendered(text=each),
            )
            for each in words or ("Yes, it is.",)
        ]
        drain()
        wait_for(lambda: all(text["status"] in ENDS for text in provider.texts(CUSTOMER)))
        for delivery in sent:
            delivery.refresh_from_db()
            assert delivery.state == State.SENT
        return sent

    return until_its_end


ENDS = ("delivered", "undelivered", "failed")


def rungs():
    return Round.objects.filter(errand=Errand.STANDING)


def callback(provider, delivery, twilio, **more):
    twilio.token = provider.auth_token
    attempt = delivery.tries.get()
    said = {"MessageSid": attempt.provider_id, "AccountSid": provider.account_sid} | more
    return twilio.post(said, f"/webhooks/twilio/status/{attempt.pk}/")


def test_f18_a_receipt_that_never_came_is_asked_for_and_its_late_callback_is_a_repeat(
    later, send, provider, twilio
):
    (delivery,) = send()
    later(hours=0.5)
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert delivery.delivered_at < timezone.now() + timedelta(minutes=1)
    event = InboundEvent.objects.get()
    assert (event.outcome, event.recovered_at is None) == (Outcome.STATUS_RECORDED, False)
    assert callback(provider, delivery, twilio, MessageStatus="delivered").status_code == 200
    process_due()
    assert InboundEvent.objects.count() == StatusEvent.objects.count() == 1


def test_f18_a_failure_that_was_never_reported_says_why(later, send, provider):
    provider.turn("final_undelivered", 1, code=30003)
    (delivery,) = send()
    later(hours=0.5)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.FAILED, "30003")
    assert delivery.reason


def test_what_was_reported_is_not_asked_for(later, send, provider, twilio):
    (delivery,) = send()
    callback(provider, delivery, twilio, MessageStatus="delivered")
    process_due()
    later(hours=0.5)
    assert InboundEvent.objects.get().recovered_at is None


def test_many_that_were_sent_at_the_same_moment_are_all_asked_about(later, send):
    texts = send(*(f"Text {number}" for number in range(BATCH + 5)))
    Delivery.objects.update(sent_at=timezone.now())
    later(hours=0.5)
    delivered = Delivery.objects.filter(state=State.DELIVERED)
    assert delivered.count() == len(texts)


def test_a_text_that_the_provider_has_no_longer_keeps_back_no_other(later, send, provider):
    gone, there = send("One", "Two")
    messages = f"{provider.url}/2010-04-01/Accounts/{provider.account_sid}/Messages"
    credentials = (provider.account_sid, provider.auth_token)
    requests.delete(f"{messages}/{gone.provider_id}.json", auth=credentials, timeout=10)
    later(hours=0.5)
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {gone.pk: State.SENT, there.pk: State.DELIVERED}
    assert not rungs().exclude(failing_since=None).exists()


@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_provider_that_does_not_answer_is_seen_and_asked_again(later, send, provider, status):
    (delivery,) = send()
    provider.turn("read_error", "always", status=status)
    later(hours=0.5)
    assert rungs().exclude(failing_since=None).exists()
    provider.all_faults_off()
    later(hours=1)
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert not rungs().exclude(failing_since=None).exists()


def test_a_text_without_a_receipt_is_asked_about_a_few_times_and_then_left(
    later, send, monkeypatch
):
    monkeypatch.setattr("webhooks.reconcile.standing._is_news", lambda provider, standing: False)
    (delivery,) = send()
    for hours in (0.5, 2, 13, 14):
        later(hours=hours)
    assert {each.reached for each in rungs()} == {delivery.sent_at}


def test_mail_is_none_of_it(later):
    Delivery.objects.create(
        channel="email",
        to_address="maya@home.example",
        payload={"text": "Hello"},
        state=State.SENT,
        sent_at=timezone.now(),
        provider="smtp",
    )
    later(hours=0.5)
    assert not InboundEvent.objects.exists()
    assert not rungs().exclude(failing_since=None).exists()
