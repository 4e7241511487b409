"""What becomes of mails and statuses that providers handed over."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any
from unittest import mock

import pytest

from channels_out.channel import Channel
from channels_out.models import Delivery, DeliveryAttempt, StatusEvent
from gateway.models import Attachment, CustomerMessage
from tests.webhooks.test_mail_entrance import form
from webhooks.models import InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

TO = "bikes@reply.gateway.test"
RAW = (
    "From: Carla <carla@example.com>\r\nTo: someone@example.org\r\n"
    "Subject: Blue bike\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n\r\nStill there?\r\n"
)
RELAY = {"content": {"email_rfc822": RAW, "email_rfc822_is_base64": False}, "rcpt_to": TO}
POSTMARK = {
    "From": "carla@example.com",
    "FromFull": {"Email": "carla@example.com", "Name": "Carla"},
    "ToFull": [{"Email": "someone@example.org", "Name": ""}],
    "OriginalRecipient": TO,
    "MessageID": "pm-1",
    "Subject": "Blue bike",
    "TextBody": "Still there?",
    "Headers": [{"Name": "Message-ID", "Value": "<1@example.com>"}],
}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bikes")]


def the_end() -> InboundEvent:
    process_due()
    return InboundEvent.objects.get()


def post_form(mail_provider: Any, route: str, fields: dict[str, str | bytes]) -> int:
    parts = [
        (f'name="{name}"', value.encode() if isinstance(value, str) else value)
        for name, value in fields.items()
    ]
    return mail_provider.post(route, *form(parts)).status_code


def mailgun(settings: Any, **fields: str) -> dict[str, str]:
    settings.ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = "key"
    signature = hmac.new(b"key", b"1token", hashlib.sha256).hexdigest()
    return {"timestamp": "1", "token": "token", "signature": signature, **fields}


@pytest.mark.parametrize(
    ("route", "payload"),
    [
        ("postmark/inbound/", POSTMARK),
        ("postmark/inbound/", POSTMARK | {"RawEmail": RAW}),
        ("sparkpost/inbound/", [{"msys": {"relay_message": RELAY}}]),
        (
            "mailjet/inbound/",
            {
                "Headers": {"From": "carla@example.com", "To": "x@example.org"},
                "Sender": "carla@example.com",
                "Recipient": TO,
                "Text-part": "Hi",
            },
        ),
    ],
    ids=["postmark parsed", "postmark raw", "sparkpost", "mailjet"],
)
def test_a_mail_is_filed_by_the_envelope_whatever_its_header_says(mail_provider, route, payload):
    assert mail_provider.post(route, json.dumps(payload)).status_code == 200
    assert the_end().outcome == Outcome.FILED
    assert CustomerMessage.objects.get().sender_email == "carla@example.com"


def test_every_recipient_of_the_envelope_is_looked_at(mail_provider):
    envelope = json.dumps({"from": "carla@example.com", "to": ["first@example.org", TO]})
    parsed = {"headers": "From: carla@example.com\nTo: x@example.org\n", "text": "Hi"}
    assert post_form(mail_provider, "sendgrid/inbound/", parsed | {"envelope": envelope}) == 200
    assert the_end().outcome == Outcome.FILED


def test_a_raw_mail_by_mailgun_is_filed_and_its_spam_flag_heeded(mail_provider, settings):
    raw = "X-Mailgun-Sflag: Yes\r\n" + RAW
    fields = mailgun(settings, recipient=f"a@example.org, {TO}", sender="", **{"body-mime": raw})
    assert post_form(mail_provider, "mailgun/inbound_mime/", fields) == 200
    end = the_end()
    assert end.outcome in {Outcome.SPAM, Outcome.AUTOMATIC}
    assert CustomerMessage.objects.get().is_spam


@pytest.mark.parametrize(
    "odd", ["From: (((((\r\n", "From: =?bz2?q?x?=\r\nX: \ud800\r\n", "\0\0\r\n"]
)
def test_an_odd_mail_that_anymail_cannot_read_is_taken_in_all_the_same(mail_provider, odd):
    payload = POSTMARK | {"RawEmail": odd + RAW.partition("\r\n")[2]}
    assert mail_provider.post("postmark/inbound/", json.dumps(payload)).status_code == 200
    assert the_end().outcome in {Outcome.FILED, Outcome.HELD}


@pytest.mark.parametrize("charset", ["iso-8859-1", "no-such-charset", "hex"])
def test_f44_a_field_in_another_charset_is_read_or_repaired(mail_provider, charset):
    fields = {
        "headers": f"From: carla@example.com\nTo: {TO}\n",
        "text": "Gr\xfc\xdfe".encode("iso-8859-1"),
        "charsets": json.dumps({"text": charset}),
    }
    post_form(mail_provider, "sendgrid/inbound/", fields)
    assert the_end().outcome == Outcome.FILED
    expected = "Grüße" if charset == "iso-8859-1" else "Gr\ufffd\ufffde"
    assert CustomerMessage.objects.get().message.strip() == expected


def test_an_attachment_whose_name_no_file_may_have_is_kept(mail_provider):
    info = json.dumps({"attachment1": {"filename": "..", "type": "text/plain"}})
    parts = [
        ('name="headers"', f"From: carla@example.com\nTo: {TO}\n".encode()),
        ('name="text"', b"See this"),
        ('name="attachment-info"', info.encode()),
        ('name="attachment1"; filename=".."', b"content"),
    ]
    mail_provider.post("sendgrid/inbound/", *form(parts))
    assert the_end().outcome == Outcome.FILED
    assert Attachment.objects.get().size == len(b"content")


def test_the_status_of_our_mail_moves_its_delivery(mail_provider):
    delivery = Delivery.objects.create(
        channel=Channel.EMAIL,
        to_address="carla@example.com",
        payload={"text": "x"},
        state="sent",
        attempts=1,
    )
    attempt = DeliveryAttempt.objects.create(delivery=delivery, number=1, provider="postmark")
    bounce = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "MessageID": "pm-9",
        "Email": "carla@example.com",
        "Metadata": {"attempt_id": str(attempt.pk)},
    }
    mail_provider.post("postmark/tracking/", json.dumps(bounce))
    assert the_end().outcome == Outcome.STATUS_RECORDED
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_statuses_of_unknown_mails_match_nothing_and_are_kept(mail_provider):
    events = [{"event": "delivered", "smtp-id": f"<{n}@x>", "timestamp": 1} for n in range(3)]
    mail_provider.post("sendgrid/tracking/", json.dumps(events))
    assert the_end().outcome == Outcome.UNMATCHED
    assert StatusEvent.objects.count() == 3


def test_a_status_without_a_time_zone_is_in_utc(mail_provider):
    bounce = {"RecordType": "Bounce", "MessageID": "pm-9", "BouncedAt": "2026-01-05T10:00:00"}
    mail_provider.post("postmark/tracking/", json.dumps(bounce))
    assert the_end().outcome == Outcome.UNMATCHED
    assert StatusEvent.objects.get().occurred_at.isoformat() == "2026-01-05T10:00:00+00:00"


@pytest.mark.parametrize("odd", ["\ud800", "\0", "x" * 100_000])
def test_f43_odd_text_in_a_status_is_stored_clean(mail_provider, odd):
    event = {"event": "delivered", "smtp-id": f"<{odd}@x>", "timestamp": 1, "extra": odd}
    mail_provider.post("sendgrid/tracking/", json.dumps([event]))
    assert the_end().outcome == Outcome.UNMATCHED


def test_a_status_on_the_address_for_mail_is_refused_with_the_reason(mail_provider):
    mail_provider.post("postmark/inbound/", json.dumps({"RecordType": "Delivery"}))
    event = the_end()
    assert event.outcome == Outcome.REFUSED
    assert "inbound" in event.detail


def test_resend_is_known_by_its_signature_and_asked_for_the_mail(mail_provider, settings):
    from svix.webhooks import Webhook

    secret = "whsec_" + b64encode(b"a secret of resend").decode()
    settings.ANYMAIL_RESEND_API_KEY = "re_1"
    settings.ANYMAIL_RESEND_INBOUND_SECRET = secret
    body = json.dumps({"type": "email.received", "data": {"email_id": "e1", "to": [TO]}})
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    headers = {
        "Svix-Id": "msg_1",
        "Svix-Timestamp": str(int(now.timestamp())),
        "Svix-Signature": Webhook(secret).sign("msg_1", now, body),
    }
    forged = headers | {"Svix-Signature": "v1," + b64encode(b"x" * 32).decode()}
    assert mail_provider.post("resend/inbound/", body, **forged).status_code == 403
    assert mail_provider.post("resend/inbound/", body, **headers).status_code == 200
    mail = {"from": "carla@example.com", "to": [TO], "subject": "Hi", "text": "Still there?"}
    answer = mock.Mock(**{"json.return_value": mail})
    with mock.patch("anymail.webhooks.resend.requests.get", return_value=answer):
        assert the_end().outcome == Outcome.FILED
