"""What Twilio holds and never posted is taken in once, at the time it was sent."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.models import Delivery, Sender, Suppression
from gateway.models import Attachment, CustomerMessage
from tests.factories import make_sender, make_text
from tests.webhooks.conftest import CUSTOMER, OUR_NUMBER, sms
from webhooks.models import Errand, InboundEvent, Round
from webhooks.outcome import Outcome
from webhooks.processing import process_due
from webhooks.reconcile.errands import run_due

pytestmark = pytest.mark.django_db


def rounds_of_numbers():
    return Round.objects.filter(errand=Errand.RECEIVED)


def test_f18_two_texts_that_were_missed_are_filed_once_and_say_so(provider, later, twilio):
    first = provider.send_text(CUSTOMER, OUR_NUMBER, "Is the blue bike still there?")
    provider.send_text(CUSTOMER, OUR_NUMBER, "I could come today.")
    asked = later(hours=2)
    message = CustomerMessage.objects.get()
    assert message.message == "Is the blue bike still there?"
    assert list(message.replies.values_list("reply", flat=True)) == ["I could come today."]
    assert abs(message.created_at - timezone.now()) < timedelta(minutes=5)
    assert message.recovered_at == message.replies.get().recovered_at == asked
    told = [each.payload["text"] for each in Delivery.objects.filter(channel="email")]
    assert len(told) == 1  # the second is gathered
    assert "This message is late: the provider did not hand it over" in told[0]
    event = InboundEvent.objects.order_by("received_at", "id").first()
    assert (event.outcome, event.recovered_at) == (Outcome.FILED, asked)

    late = sms(first["sid"], AccountSid=provider.account_sid, Body=message.message)
    twilio.token = provider.auth_token
    assert twilio.post(late).status_code == 200
    later(hours=3)
    assert InboundEvent.objects.count() == 2
    assert message.replies.count() == 1


def test_f18_a_message_that_twilio_never_posts_is_found_by_asking(provider, later):
    provider.turn("inbound_drop")
    sent = provider.send_text(CUSTOMER, OUR_NUMBER, "Looped")
    assert not sent["webhook"]["accepted"]
    later()
    assert CustomerMessage.objects.get().message == "Looped"


def test_what_was_posted_is_not_taken_in_again(provider, later, twilio):
    sent = provider.send_text(CUSTOMER, OUR_NUMBER, "Hello")
    twilio.token = provider.auth_token
    twilio.post(sms(sent["sid"], AccountSid=provider.account_sid, Body="Hello"))
    process_due()
    later()
    assert InboundEvent.objects.get().recovered_at is None
    assert CustomerMessage.objects.get().recovered_at is None


def test_a_young_message_is_left_to_its_webhook(provider, later):
    provider.send_text(CUSTOMER, OUR_NUMBER, "Just now")
    Round.objects.update(due_at=timezone.now())
    run_due()
    assert not InboundEvent.objects.exists()
    later(hours=0.2)
    assert InboundEvent.objects.count() == 1


def test_a_whatsapp_message_keeps_its_channel_and_its_file(provider, later):
    picture = {
        "name": "bike.png",
        "content_type": "image/png",
        "base64": b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode(),
    }
    provider.send_text(CUSTOMER, OUR_NUMBER, "Look", channel="whatsapp", media=[picture])
    later()
    message = CustomerMessage.objects.get()
    assert (message.channel, message.sender_phone, message.message) == (
        "whatsapp",
        CUSTOMER,
        "Look",
    )
    file = Attachment.objects.get()
    assert (file.content_type, file.message_id) == ("image/png", message.pk)
    assert file.source_url.startswith(f"{provider.url}/2010-04-01/Accounts/")
    assert not file.source_url.endswith(".json")


def test_a_number_that_is_new_here_brings_nothing_of_before(provider, later):
    provider.send_text(CUSTOMER, OUR_NUMBER, "Before")
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        number = make_sender(None)
        run_due()
        reached = Round.objects.get(sender=number).reached
    assert reached == number.created_at


def test_after_a_week_each_day_is_asked_for(provider, later):
    provider.send_text(CUSTOMER, OUR_NUMBER, "A week ago")
    now = later(hours=24 * 7)
    assert CustomerMessage.objects.get().message == "A week ago"
    assert {each.reached for each in rounds_of_numbers()} == {now - timedelta(minutes=2)}


def test_a_number_of_another_account_is_none_of_ours(provider, later):
    Sender.objects.update(account="AC" + "9" * 32)
    later()
    assert not rounds_of_numbers().exists()


@pytest.mark.parametrize(
    ("status", "says"), [(401, "Authenticate"), (429, "20429"), (503, "20503")]
)
def test_a_provider_that_does_not_answer_is_seen_and_asked_again(provider, later, status, says):
    provider.send_text(CUSTOMER, OUR_NUMBER, "Hello?")
    provider.turn("read_error", "always", status=status)

    def see() -> None:
        for number in rounds_of_numbers():
            assert number.failing_since == timezone.now()
            assert says in number.problem
            assert number.reached < timezone.now() - timedelta(hours=1)

    later(hours=2, then=see)
    provider.all_faults_off()
    later(hours=3)
    assert CustomerMessage.objects.count() == 1
    assert not rounds_of_numbers().exclude(failing_since=None).exists()


def test_a_provider_that_is_not_there_is_seen(later, settings):
    settings.TWILIO_API_URL = "http://127.0.0.1:9"
    later()
    assert set(Round.objects.exclude(failing_since=None)) >= set(rounds_of_numbers())


class TestAStopHeardLate:
    def test_f68_holds_from_when_it_was_said(self, provider, later):
        provider.send_text(CUSTOMER, OUR_NUMBER, "STOP")
        later()
        stopped = Suppression.objects.get()
        assert stopped.lifted_at is None
        assert stopped.created_at == InboundEvent.objects.get().received_at

    def test_f68_does_not_undo_the_start_after_it(self, provider, later, bikes):
        provider.send_text(CUSTOMER, OUR_NUMBER, "STOP")

        sender = bikes.dedicated_senders.get(sender__channel="sms").sender
        with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
            make_text(sender, CUSTOMER, "STOP")
            make_text(sender, CUSTOMER, "START")
        later()
        assert not Suppression.objects.filter(lifted_at=None).exists()

    def test_f68_does_not_undo_the_start_after_it_which_had_nothing_to_lift(
        self, provider, later, bikes
    ):
        provider.send_text(CUSTOMER, OUR_NUMBER, "STOP")
        sender = bikes.dedicated_senders.get(sender__channel="sms").sender
        with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
            make_text(sender, CUSTOMER, "START")
        later()
        assert not Suppression.objects.filter(lifted_at=None).exists()
        assert Suppression.objects.get().lifted_words == "START"

    def test_f68_a_start_heard_late_does_not_undo_the_stop_after_it(self, provider, later, bikes):
        provider.send_text(CUSTOMER, OUR_NUMBER, "START")
        sender = bikes.dedicated_senders.get(sender__channel="sms").sender
        with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
            make_text(sender, CUSTOMER, "STOP")
        later()
        assert Suppression.objects.filter(lifted_at=None).exists()
