"""Messages that a provider's view built of parsed fields, instead of raw bytes."""

from __future__ import annotations

import uuid
from email.message import Message

import pytest
from anymail.inbound import AnymailInboundMessage

from tests.webhooks.mail.mails import mail, parts
from webhooks.mail import read_mail

PICTURE = AnymailInboundMessage.construct_attachment(
    "image/png", b"\x89PNG", filename="wheel.png", content_id="w@x"
)


def built(**fields: object) -> AnymailInboundMessage:
    values = {
        "from_email": "Carla <carla@customer.example>",
        "to": "bikes@reply.gateway.test",
    } | fields
    return AnymailInboundMessage.construct(**values)


def test_a_message_of_fields_is_read_like_any_mail() -> None:
    message = built(
        subject="Größe?",
        text="Passt es?\n\nAm 13.07.2026 um 08:59 schrieb Ann:\n> Hallo",
        html="<p>Passt es?</p>",
        headers={"Message-ID": "<1@x.example>", "References": "<0@x.example>"},
        attachments=[PICTURE],
    )
    found = read_mail(message, envelope_recipients=["a@x.example"], dmarc="pass", is_spam=True)
    assert (found.subject, found.text, found.from_name) == ("Größe?", "Passt es?", "Carla")
    assert found.recipients == ("a@x.example", "bikes@reply.gateway.test")
    assert (found.message_id, found.references) == ("<1@x.example>", ("<0@x.example>",))
    assert [(f.name, f.content, f.content_id) for f in found.files] == [
        ("wheel.png", b"\x89PNG", "w@x")
    ]
    assert (found.dmarc, found.is_spam) == ("pass", True)


def test_the_providers_stripped_text_is_used() -> None:
    letter = built(subject="Re: Bike", text="Yes.\n\nunknown heading\nold")
    found = read_mail(letter, stripped_text="Yes.")
    assert (found.text, found.quoted) == ("Yes.", "unknown heading\nold")


def test_the_event_is_kept() -> None:
    event = uuid.uuid4()
    assert read_mail(mail(), event_id=event).event_id == event


def test_a_message_handed_over_twice_has_one_fingerprint() -> None:
    first, second = (read_mail(built(text="Hello", attachments=[PICTURE])) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "raw",
    [
        mail("Hello\n"),
        parts("\nHello", "Content-Type: message/rfc822\n\nSubject: inner\n\nx"),
        mail(b"\xff"),
    ],
)
def test_bytes_and_the_message_parsed_of_them_are_read_alike(raw: bytes) -> None:
    by_message = read_mail(AnymailInboundMessage.parse_raw_mime_bytes(raw))
    by_bytes = read_mail(raw)
    assert by_message.fingerprint == by_bytes.fingerprint
    assert (by_message.text, len(by_message.files)) == (by_bytes.text, len(by_bytes.files))


def test_a_field_cannot_smuggle_another() -> None:
    message = Message()
    message["From"] = "carla@customer.example"
    message["Subject"] = "Hello\nBcc: victim@x.example\n\nA letter"
    message.set_payload("x")
    found = read_mail(message)
    assert found.subject == "Hello Bcc: victim@x.example A letter"
    assert found.recipients == ()
