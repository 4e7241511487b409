"""What a mail program tells of a member's private address does not go to a customer."""

from __future__ import annotations

import pytest

from gateway.inbound.messages import Outcome
from gateway.inbound.receive import receive
from gateway.models import HeldReason
from tests.factories import make_member, make_message
from tests.gateway.post import newest_notification, owner_token, post, sent_to_customer
from webhooks.mail import read_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann):
    """A conversation of which Ann was told."""
    return make_message(ann)


def answer(message, ann, text):
    """Ann answers the notification."""
    return post(owner_token(message, ann), sender=ann.user.email, text=text)


@pytest.mark.parametrize("subject", ["VS: A question", "Fwd: A question", "Re: A question"])
@pytest.mark.parametrize(
    "head",
    [
        "-----Alkuper\u00e4inen viesti-----\nFrom: Maya\nVastaanottaja: Ann <{own}>\nAihe: A question",
        "---------- Forwarded message ---------\nFrom: Maya\nSubject: A question\nTo: Ann <{own}>",
        "Van wie weet: Ann\n<{own}>",
        "To: {own}",
        "L\u00e1pwu 13.7.2026 8.59 {own}:",
    ],
)
def test_where_a_program_quotes_his_private_address_it_does_not_go_to_the_customer(
    message, ann, subject, head
):
    below = newest_notification(message).text
    body = f"Yes, come by at five.\n\n{head.format(own=ann.user.email)}\n\n{below}"
    raw = f"From: {ann.user.email}\nTo: {owner_token(message, ann)}\nSubject: {subject}\n"
    raw += f"Content-Type: text/plain; charset=utf-8\n\n{body}"
    (received,) = receive(read_mail(raw.encode()))
    assert received.outcome == Outcome.RELAYED
    (delivery,) = sent_to_customer(message)
    rendered = delivery.rendered.text + delivery.rendered.html
    assert "Yes, come by at five." in rendered
    assert ann.user.email not in rendered
    assert "Is it still there?" not in received.reply.reply
    assert ann.user.email in received.reply.quoted


def test_what_he_passes_on_goes_out_without_the_lines_that_tell_his_addresses(message, ann):
    colleague, own = make_member(ann.business), owner_token(message, ann)
    passed_on = (
        "They say:\n\n---------- Forwarded message ---------\nFrom: Parts <parts@shop.example>\n"
        f"To: Ann <{ann.user.email}>\nCc: {colleague.user.email.upper()}, Bikes <{own.replace('@', '+sms@')}>\n"
        "Subject: Brakes\n\nThey cost 20 euros."
    )
    reply = answer(message, ann, passed_on).reply
    assert reply.reply.endswith(
        "From: Parts <parts@shop.example>\nSubject: Brakes\n\nThey cost 20 euros."
    )
    assert reply.quoted.startswith(f"To: Ann <{ann.user.email}>\nCc: ")


def test_the_address_that_he_writes_himself_goes_out(message, ann):
    for text in (f"PayPal: {ann.user.email}", f"Or write to {ann.user.email}, I am here until 5."):
        assert answer(message, ann, text).reply.reply == text


def test_where_nothing_but_such_lines_is_left_it_is_held(message, ann):
    held = answer(message, ann, f"From: Ann <{ann.user.email}>\n").held
    assert (held.reason, held.text) == (HeldReason.EMPTY, "")
    assert ann.user.email in held.quoted
