"""A failed answer goes by itself to a phone only where the customer agreed to that."""

from __future__ import annotations

import pytest
from django.utils import timezone

from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import drain
from channels_out.state import State
from gateway.models import CustomerMessage, Failure, FailureOutcome
from gateway.outbound.after_failure import follow_up
from gateway.outbound.another_way import send_another_way
from tests.factories import make_message, make_reply
from tests.gateway.post import MAYA, PHONE, notifications, sent_to_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def typed(ann, ann_number, memory):
    """An answer by mail failed for good and may go on by itself; the form named a phone as well, and no wish."""
    ann.business.fails_over = True
    ann.business.save()
    message = make_message(ann, sender_email=MAYA, sender_phone=PHONE)
    make_reply(message, ann, "Come by at five.")
    Delivery.objects.filter(purpose="notification").update(state=State.SENT, due_at=None)
    memory.answers.append(BadAddress())
    drain()
    return message


def test_a_phone_that_was_only_typed_into_a_form_is_not_texted(typed):
    follow_up()
    assert [each.channel for each in sent_to_customer(typed)] == ["email"]
    assert Failure.objects.get().outcome == FailureOutcome.TOLD
    mail = notifications(typed)[-1].rendered
    assert f"Send it by text message to {PHONE}" in mail.text
    send_another_way(typed.replies.get(), "sms")
    assert [each.channel for each in sent_to_customer(typed)] == ["email", "sms"]


def test_a_phone_from_which_the_customer_wrote_is_texted(typed):
    typed.contact.addresses.filter(channel="sms").update(last_inbound_at=timezone.now())
    follow_up()
    assert [each.channel for each in sent_to_customer(typed)] == ["email", "sms"]


def test_a_phone_on_which_the_customer_wished_to_be_answered_is_texted(typed):
    CustomerMessage.objects.update(reply_by="sms")
    follow_up()
    assert [each.channel for each in sent_to_customer(typed)] == ["email", "sms"]


@pytest.mark.parametrize(
    ("agreed_to", "ways"),
    [("", ["email", "sms"]), ("sms", ["email", "sms"]), ("email", ["email"])],
)
def test_a_phone_is_texted_where_the_customer_agreed_to_it(typed, agreed_to, ways):
    address = typed.contact.addresses.filter(channel=agreed_to).first()
    typed.contact.consents.create(address=address, source="form", words="We may text you.")
    follow_up()
    assert [each.channel for each in sent_to_customer(typed)] == ways
