"""Signed and encrypted mail, and files that name a member: what is filed, what is held, what never goes on."""

from __future__ import annotations

import pytest

from gateway.held import NotForYou, settle_send
from gateway.inbound.messages import InboundFile, Outcome
from gateway.models import HeldReason, Seal
from tests.factories import make_message
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import read, text_of
from tests.gateway.post import (
    PHOTO,
    bytes_of,
    customer_token,
    newest_notification,
    owner_token,
    post,
    sent_to_customer,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann):
    return make_message(ann)


def answer(message, ann, **fields):
    """Ann answers the notification as her mail program does it."""
    usual = {"sender": ann.user.email, "text": "Yes, come by at five."}
    return post(owner_token(message, ann), **{**usual, **fields})


def held_for(received, reason):
    assert (received.outcome, received.held.reason) == (Outcome.HELD, reason)
    return received.held


@pytest.mark.usefixtures("each_at_once")
def test_an_encrypted_mail_of_a_customer_is_filed_whole_and_the_owner_is_told_why(message, ann):
    whole = InboundFile("original mail.eml", "message/rfc822", b"From: maya@home.example")
    for address in (customer_token(message), ann.business.public_address):
        received = post(address, text="", encrypted=True, files=(whole,))
        assert received.outcome == Outcome.FILED
        filed = received.reply or received.message
        assert (filed.seal, filed.filed_note) == ("encrypted", "")
        assert [file.name for file in filed.attachments.all()] == ["original mail.eml"]
        assert "Ask the writer to send it again" in newest_notification(received.message).html
        page = read(client_of(ann).get(f"/conversations/{received.message.pk}/"))
        assert "only a mail program with the right key opens it" in text_of(page, f"#m-{filed.pk}")


def test_a_signed_mail_is_shown_as_such_and_nothing_is_doubted(message, ann):
    reply = post(customer_token(message), signed=True).reply
    assert (reply.seal, reply.filed_note) == ("signed", "")
    page = read(client_of(ann).get(f"/conversations/{message.pk}/"))
    assert "Email · Signed" in text_of(page, f"#m-{reply.pk}")
    assert "Signed" not in text_of(page, f"#m-{message.pk}")


CIPHERTEXT = InboundFile(
    "encrypted.asc", "application/octet-stream", b"-----BEGIN PGP MESSAGE-----"
)


@pytest.mark.parametrize("sender", ["his own", "somebody@else.example"])
def test_an_encrypted_answer_is_held_with_the_reason_and_can_never_be_sent(message, ann, sender):
    sender = ann.user.email if sender == "his own" else sender
    received = answer(
        message,
        ann,
        text="",
        encrypted=True,
        files=(CIPHERTEXT,),
        sender=sender,
    )
    held = held_for(received, HeldReason.ENCRYPTED)
    assert held.detail == Seal.ENCRYPTED.label
    assert [bytes_of(file) for file in held.attachments.all()] == [CIPHERTEXT.content]
    with pytest.raises(NotForYou, match="Nothing is left"):
        settle_send(held, ann)
    assert not sent_to_customer(message)


def test_a_mail_that_could_not_be_read_is_never_sent_on_as_a_file(message, ann):
    whole = InboundFile("original mail.eml", "message/rfc822", b"From: ann@private.example")
    received = answer(message, ann, text="", unreadable="Nested too deep.", files=(whole,))
    held = held_for(received, HeldReason.UNREADABLE)
    with pytest.raises(NotForYou, match="Nothing is left"):
        settle_send(held, ann)


def test_no_file_that_names_the_members_private_address_goes_along(message, ann):
    organizer = f"ORGANIZER:mailto:{ann.user.email.upper()}".encode()
    files = (
        InboundFile("invite.ics", "text/calendar", b"BEGIN:VCALENDAR\n" + organizer),
        InboundFile("signature.asc", "application/pgp-signature", b"signature"),
        InboundFile("holiday.ics", "text/calendar", b"BEGIN:VCALENDAR\n"),
        PHOTO,
    )
    reply = answer(message, ann, files=files).reply
    assert [file.name for file in reply.attachments.all()] == ["holiday.ics", "photo.jpg"]
