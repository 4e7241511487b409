"""A notification names a reply address for each other way to the customer."""

from __future__ import annotations

import re

import pytest

from gateway.held import settle_send
from gateway.inbound.messages import Outcome
from gateway.models import HeldReason
from gateway.participants import member_of, reply_address_of
from tests.factories import make_message, make_text
from tests.gateway.post import (
    MAYA,
    PHONE,
    customer_token,
    newest_notification,
    owner_token,
    post,
    sent_to_customer,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann, ann_number):
    """A customer who gave a number and an address, and wishes to be mailed."""
    return make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="email")


def address_in(message):
    mail = newest_notification(message)
    (found,) = re.findall(r"To answer by text message instead, write to (\S+)", mail.text)
    assert f'href="mailto:{found}"' in mail.html
    return found


def test_it_is_the_members_own_and_what_comes_there_goes_by_that_channel(message, ann):
    address = address_in(message)
    assert address == owner_token(message, ann).replace("@", "+sms@")
    received = post(address, sender=ann.user.email, text="Yes.")
    assert received.outcome == Outcome.RELAYED
    (sent,) = sent_to_customer(message)
    assert (sent.channel, sent.to_address) == ("sms", PHONE)


def test_the_first_address_goes_where_the_first_line_says(message, ann):
    post(owner_token(message, ann), sender=ann.user.email, text="Yes.")
    assert sent_to_customer(message)[0].channel == "email"


def test_where_both_are_written_to_it_goes_once_as_asked(message, ann):
    received = post(
        owner_token(message, ann), address_in(message), sender=ann.user.email, text="Yes."
    )
    assert received.outcome == Outcome.RELAYED
    assert [each.channel for each in sent_to_customer(message)] == ["sms"]


def test_a_channel_that_cannot_be_used_is_held_with_the_reason(message, ann):
    address = reply_address_of(member_of(message, ann), "whatsapp")
    received = post(address, sender=ann.user.email, text="Yes.")
    assert received.held.reason == HeldReason.NOT_REACHABLE
    assert "No WhatsApp number of this customer is known." in received.held.detail
    assert not sent_to_customer(message)


def test_what_is_held_for_another_reason_goes_as_it_was_asked_once_it_is_approved(message, ann):
    received = post(address_in(message), sender="ann@phone.example", text="Yes.")
    assert received.held.reason == HeldReason.UNKNOWN_ADDRESS
    settle_send(received.held, ann)
    assert sent_to_customer(message)[0].channel == "sms"


def test_a_customer_chooses_nothing_by_it(message, ann):
    received = post(customer_token(message).replace("@", "+sms@"), text="Thanks")
    assert (received.outcome, received.message) == (Outcome.FILED, message)


@pytest.mark.usefixtures("each_at_once")
def test_the_first_line_says_where_what_suits_a_mail_goes(ann, ann_number):
    message = make_text(ann_number, PHONE, "Hi").message
    message.contact.addresses.create(
        business=ann.business, channel="email", address=MAYA, normalized=MAYA
    )
    make_text(ann_number, PHONE, "Still there?")
    first_line = newest_notification(message).text.splitlines()[0]
    assert first_line == (
        f"Your answer goes by text message to {PHONE}; a long one or a document by email to {MAYA}."
    )
    post(owner_token(message, ann), sender=ann.user.email, text="A word. " * 150)
    assert sent_to_customer(message)[0].channel == "email"


def test_where_only_one_way_leads_there_is_no_other_address(ann):
    assert "instead, write to" not in newest_notification(make_message(ann)).text
