"""A mail that comes back: the answer failed, its writer sees why, and nobody else can make it seem so."""

from __future__ import annotations

from typing import Any

import pytest

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.models import Delivery, StatusEvent
from channels_out.outbox import drain
from channels_out.state import State
from gateway.models import ContactAddress, Copy, CustomerMessage, MemberAddress
from tests.factories import make_member, make_message, make_reply
from tests.webhooks.reports import ALL, GMAIL, POSTFIX, report
from webhooks.models import InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

pytestmark = pytest.mark.django_db

BOUNCES = "recipient=messages@mail.gateway.test&sender="


@pytest.fixture
def conversation(settings: Any, tmp_path: Any) -> Any:
    """Maya asked, Ann answered, and a mail server took the answer."""
    settings.MEDIA_ROOT = tmp_path
    settings.CHANNEL_ADAPTERS = {Channel.EMAIL: "channels_out.adapters.memory.Memory"}
    adapter_for(Channel.EMAIL).clear()
    ann = make_member()
    message = make_message(ann)
    make_reply(message, ann)
    drain()
    assert the_answer().state == State.SENT
    yield message
    adapter_for(Channel.EMAIL).clear()


def the_answer() -> Delivery:
    return Delivery.objects.get(purpose="reply")


def take_in(mail_provider: Any, raw: bytes) -> InboundEvent:
    assert mail_provider.mail(raw, BOUNCES).status_code == 200
    process_due()
    return InboundEvent.objects.latest("received_at")


def address() -> ContactAddress:
    return ContactAddress.objects.get(channel=Channel.EMAIL)


@pytest.mark.parametrize("server", ALL)
def test_f67_a_bounced_answer_has_failed_and_the_conversation_waits_again(
    conversation, mail_provider, server
):
    event = take_in(mail_provider, report(ALL[server], the_answer().message_id))
    assert (event.outcome, event.detail) == (Outcome.STATUS_RECORDED, "bounced: recorded")
    answer = the_answer()
    assert (answer.state, answer.error_name, answer.error_code) == (
        State.FAILED,
        "bad_address",
        "5.1.1",
    )
    assert answer.next_step
    message = CustomerMessage.objects.get()
    assert message.status != "replied"
    assert message.waiting_since
    assert address().bounced_at
    assert not message.replies.filter(direction="inbound").exists()


@pytest.mark.parametrize("server", ALL)
def test_f67_a_bounced_notification_marks_the_members_address_and_no_conversation(
    conversation, mail_provider, server
):
    told = Delivery.objects.get(purpose="notification")
    raw = report(ALL[server], told.message_id, recipient=told.to_address)
    event = take_in(mail_provider, raw)
    assert (event.outcome, event.detail) == (Outcome.STATUS_RECORDED, "bounced: recorded")
    assert MemberAddress.objects.get().bounced_at
    assert address().bounced_at is None
    assert not CustomerMessage.objects.get().has_failed


def test_f67_a_delay_is_recorded_and_no_failure(conversation, mail_provider):
    raw = report(POSTFIX, the_answer().message_id, action="delayed", status="4.4.1")
    assert take_in(mail_provider, raw).outcome == Outcome.STATUS_RECORDED
    assert StatusEvent.objects.get().provider_status == "deferred"
    assert the_answer().state == State.SENT
    assert address().bounced_at is None


@pytest.mark.parametrize("status", ["4.4.7", "5.2.2", "5.7.1", "5.1.8", ""])
def test_a_server_that_gave_up_or_refused_the_mail_does_not_spoil_the_address(
    conversation, mail_provider, status
):
    take_in(mail_provider, report(POSTFIX, the_answer().message_id, status=status))
    assert the_answer().state == State.FAILED
    assert address().bounced_at is None


def test_a_mail_whose_id_was_replaced_on_the_way_is_known_by_its_references(
    conversation, mail_provider
):
    raw = report(POSTFIX, "<010f@eu-west-1.relay.example>", reference=the_answer().message_id)
    assert take_in(mail_provider, raw).outcome == Outcome.STATUS_RECORDED
    assert the_answer().state == State.FAILED


def test_a_recipient_in_other_letters_is_the_same(conversation, mail_provider):
    raw = report(GMAIL, the_answer().message_id, recipient="MAYA@Home.Example")
    assert take_in(mail_provider, raw).outcome == Outcome.STATUS_RECORDED


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param({"message_id": "<guessed@mail.gateway.test>"}, id="unknown Message-ID"),
        pytest.param({"message_id": ""}, id="no Message-ID"),
        pytest.param({"recipient": "other@home.example"}, id="another recipient"),
        pytest.param({"action": "delivered", "status": "2.0.0"}, id="no failure"),
    ],
)
def test_a_forged_report_changes_nothing(conversation, mail_provider, claim):
    event = take_in(
        mail_provider, report(POSTFIX, **({"message_id": the_answer().message_id} | claim))
    )
    assert event.outcome == Outcome.SPAM
    assert the_answer().state == State.SENT
    assert not StatusEvent.objects.exists()


def test_the_same_bounce_twice_is_recorded_once(conversation, mail_provider):
    raw = report(POSTFIX, the_answer().message_id)
    take_in(mail_provider, raw)
    again = take_in(mail_provider, raw.replace(b"20:11:02", b"20:11:09"))
    assert again.outcome == Outcome.DUPLICATE
    assert StatusEvent.objects.count() == 1


def test_a_bounced_copy_is_not_the_customers(conversation, mail_provider):
    tom = "tom@workshop.example"
    Copy.objects.create(message=conversation, address=tom)
    reply = make_reply(conversation, conversation.business.memberships.get())
    drain()
    sent = Delivery.objects.get(dispatch__reply=reply)
    event = take_in(mail_provider, report(GMAIL, sent.message_id, recipient=tom))
    assert (event.outcome, event.detail) == (Outcome.STATUS_RECORDED, "bounced: recorded")
    sent.refresh_from_db()
    assert (sent.state, reply.copied.get().problem) == (State.SENT, "bounced")
    assert address().bounced_at is None
