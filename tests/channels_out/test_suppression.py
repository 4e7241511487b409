"""Who asked not to be written to is not written to, whichever path a message takes."""

import pytest

from channels_out.channel import Channel
from channels_out.models import Sender, Suppression
from channels_out.outbox import drain, retry
from channels_out.state import State
from channels_out.suppression import BLOCKED, EMAIL_SCOPE, lift, scopes_of, suppress, suppressed

pytestmark = pytest.mark.django_db


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def stop(sender, address="+15550199"):
    for scope in scopes_of(sender):
        stopped = suppress(sender.channel, scope, address, reason="keyword", words="STOP")
    return stopped


def test_nothing_goes_to_an_address_that_said_stop_not_even_by_retry(memory, text, sender):
    stop(sender)
    delivery = text()
    drain()
    assert (state_of(delivery), delivery.error_name) == (State.FAILED, "opted_out")
    retry(delivery)
    drain()
    assert state_of(delivery) == State.FAILED
    assert memory.accepted == []


def test_others_are_still_written_to(memory, text, sender):
    stop(sender)
    delivery = text(to_address="+15550177")
    drain()
    assert state_of(delivery) == State.SENT


def test_start_lifts_what_stop_said(memory, text, sender):
    stop(sender)
    assert lift(Channel.SMS, sender.address, "+15550199")
    assert not lift(Channel.SMS, sender.address, "+15550199")
    delivery = text()
    drain()
    assert state_of(delivery) == State.SENT
    assert Suppression.objects.get().lifted_at is not None


def test_stop_again_after_start_stops_again(memory, text, sender):
    stop(sender)
    lift(Channel.SMS, sender.address, "+15550199")
    stop(sender)
    delivery = text()
    drain()
    assert (state_of(delivery), delivery.error_name) == (State.FAILED, "opted_out")
    assert Suppression.objects.count() == 2


def test_stop_twice_is_one_row(sender):
    assert stop(sender) == stop(sender)


def test_stop_reaches_every_number_of_a_messaging_service(memory, text, sender):
    Sender.objects.update(messaging_service="MG1")
    sender.refresh_from_db()
    sister = Sender.objects.create(
        channel=Channel.SMS, address="+15550101", messaging_service="MG1", per_second=100
    )
    stop(sender)
    delivery = text(sender=sister)
    drain()
    assert state_of(delivery) == State.FAILED


def test_a_stop_at_a_number_holds_when_it_joins_a_messaging_service(memory, text, sender):
    stop(sender)
    Sender.objects.update(messaging_service="MG1")
    sender.refresh_from_db()
    delivery = text(sender=sender)
    drain()
    assert (state_of(delivery), delivery.error_name) == (State.FAILED, "opted_out")


def test_a_stop_holds_for_what_twilio_names_what_is_set_and_the_number(sender, settings):
    assert scopes_of(sender) == {sender.address}
    settings.TWILIO_MESSAGING_SERVICE_SID = "MG1"
    assert scopes_of(sender, "MG2") == {"MG1", "MG2", sender.address}
    assert scopes_of(None) == {"email"}


@pytest.mark.parametrize(
    ("stopped", "written_to"),
    [
        ("+541123456789", "+5491123456789"),
        ("+5491123456789", "+541123456789"),
        ("+5215512345678", "+525512345678"),
        ("+551187654321", "+5511987654321"),
    ],
)
def test_a_stop_holds_in_whatever_form_a_provider_writes_the_phone(
    memory, text, sender, stopped, written_to
):
    waiting = text(to_address=written_to)
    stop(sender, stopped)
    drain()
    assert (state_of(waiting), waiting.error_name) == (State.FAILED, "opted_out")
    assert lift(Channel.SMS, sender.address, written_to)


def test_who_blocked_us_and_says_stop_is_not_written_to_when_he_ends_his_block(whatsapp_sender):
    key = (whatsapp_sender.channel, whatsapp_sender.address, "+15550199")
    suppress(*key, reason=BLOCKED)
    suppress(*key, reason="keyword", words="Stop")
    lift(*key, reason=BLOCKED)
    assert suppressed([key]) == {key: "keyword"}


def test_stop_on_one_number_leaves_the_others(memory, text, sender):
    other = Sender.objects.create(channel=Channel.SMS, address="+15550101", per_second=100)
    stop(sender)
    delivery = text(sender=other)
    drain()
    assert state_of(delivery) == State.SENT


def test_a_stop_by_text_does_not_reach_whatsapp(memory, text, sender, whatsapp_sender):
    stop(sender)
    delivery = text(channel=Channel.WHATSAPP, sender=whatsapp_sender)
    drain()
    assert state_of(delivery) == State.SENT


def test_a_mail_address_is_suppressed_in_any_case(memory, mail):
    suppress(Channel.EMAIL, EMAIL_SCOPE, "Customer@Example.org", reason="complaint")
    delivery = mail(to_address="customer@example.ORG")
    drain()
    assert state_of(delivery) == State.FAILED
