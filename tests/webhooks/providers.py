"""What each mail provider sends to each of its routes, small and signed as it signs."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.webhooks.conftest import PUBLIC

TO = "bikes@reply.gateway.test"
RAW = f"From: Carla <carla@example.com>\r\nTo: {TO}\r\nSubject: Hi\r\n\r\nStill there?\r\n"
SECRET = "a secret of the tests"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

# One request of each route, as it is documented, with the fields that matter.
SAMPLES: dict[str, Any] = {
    "amazon_ses/inbound/": {
        "notificationType": "Received",
        "mail": {
            "source": "carla@example.com",
            "messageId": "m1",
            "timestamp": "2026-01-05T10:00Z",
        },
        "receipt": {
            "recipients": [TO],
            "action": {"type": "SNS", "encoding": "UTF-8"},
            "spamVerdict": {"status": "PASS"},
        },
        "content": RAW,
    },
    "amazon_ses/tracking/": {
        "eventType": "Bounce",
        "mail": {
            "messageId": "m1",
            "destination": [TO],
            "headers": [{"name": "X-Metadata", "value": "{}"}],
        },
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": TO, "diagnosticCode": "550"}],
        },
    },
    "brevo/inbound/": {
        "items": [
            {
                "Uuid": ["u1"],
                "Recipients": [TO],
                "Headers": {"From": "carla@example.com", "To": TO},
                "RawTextBody": "Hi",
                "ExtractedMarkdownMessage": "Hi",
                "SpamScore": 1.5,
            }
        ]
    },
    "brevo/tracking/": {
        "event": "delivered",
        "email": TO,
        "message-id": "<m1>",
        "ts_epoch": 1700000000000,
        "tags": ["a"],
        "X-Mailin-custom": "{}",
    },
    "mailersend/inbound/": {
        "type": "inbound.message",
        "created_at": "2026-01-05T10:00:00.000000Z",
        "data": {
            "id": "d1",
            "recipients": {"rcptTo": [{"email": TO}]},
            "sender": {"email": "carla@example.com"},
            "raw": RAW,
        },
    },
    "mailersend/tracking/": {
        "type": "activity.delivered",
        "created_at": "2026-01-05T10:00:00.000000Z",
        "data": {
            "id": "d1",
            "type": "delivered",
            "email": {"message": {"id": "m1"}, "recipient": {"email": TO}, "tags": ["a"]},
        },
    },
    "mailgun/inbound/": {
        "recipient": TO,
        "sender": "carla@example.com",
        "message-headers": json.dumps([["From", "carla@example.com"], ["To", TO]]),
        "body-plain": "Hi",
        "stripped-text": "Hi",
    },
    "mailgun/inbound_mime/": {"recipient": TO, "sender": "carla@example.com", "body-mime": RAW},
    "mailgun/tracking/": {
        "event-data": {
            "event": "failed",
            "id": "e1",
            "timestamp": 1700000000.5,
            "severity": "permanent",
            "recipient": TO,
            "message": {"headers": {"message-id": "m1"}},
            "delivery-status": {"code": 550, "message": "no"},
            "user-variables": {"a": "b"},
            "tags": ["a"],
        }
    },
    "mailjet/inbound/": {
        "Headers": {"From": "carla@example.com", "To": TO},
        "Parts": [{"Headers": {"Content-Type": "text/plain"}, "ContentRef": "Text-part"}],
        "Sender": "carla@example.com",
        "Recipient": TO,
        "Text-part": "Hi",
        "SpamAssassinScore": "1.0",
    },
    "mailjet/tracking/": [
        {"event": "bounce", "time": 1700000000, "MessageID": 7, "error": "user unknown"}
    ],
    "mailtrap/inbound/": {
        "events": [{"event": "inbound.message_received", "inbox_id": 1, "message_id": "m1"}]
    },
    "mailtrap/tracking/": {
        "events": [
            {
                "event": "delivery",
                "timestamp": 1700000000,
                "message_id": "m1",
                "custom_variables": {"a": "b"},
            }
        ]
    },
    "mandrill/": [{"event": "inbound", "ts": 1, "msg": {"raw_msg": RAW, "email": TO}}],
    "mandrill/tracking/": [
        {"event": "send", "_id": "m1", "ts": 1700000000, "msg": {"_id": "m1", "metadata": {}}}
    ],
    "postal/inbound/": {"id": 1, "rcpt_to": TO, "mail_from": "carla@example.com", "message": RAW},
    "postal/tracking/": {
        "event": "MessageSent",
        "timestamp": 1700000000.1,
        "uuid": "u1",
        "payload": {"message": {"id": 7, "message_id": "m1", "to": TO}, "status": "Sent"},
    },
    "postmark/inbound/": {
        "MessageID": "m1",
        "RawEmail": RAW,
        "FromFull": {"Email": "carla@example.com", "Name": "Carla"},
        "ToFull": [{"Email": TO, "Name": ""}],
        "OriginalRecipient": TO,
        "Subject": "Hi",
        "TextBody": "Hi",
        "StrippedTextReply": "Hi",
        "Headers": [{"Name": "Return-Path", "Value": "<carla@example.com>"}],
        "Attachments": [{"ContentType": "text/plain", "Content": "eA==", "Name": "a.txt"}],
    },
    "postmark/tracking/": {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 7,
        "MessageID": "m1",
        "Email": TO,
        "BouncedAt": "2026-01-05T10:00:00Z",
        "Metadata": {"attempt_id": "x"},
    },
    "resend/inbound/": {"type": "email.received", "data": {"to": [TO]}},
    "resend/tracking/": {
        "type": "email.bounced",
        "created_at": "2026-01-05T10:00:00Z",
        "data": {
            "email_id": "m1",
            "to": [TO],
            "bounce": {"message": "no"},
            "headers": [{"name": "X-Metadata", "value": "{}"}],
        },
    },
    "sendgrid/inbound/": {
        "headers": f"From: carla@example.com\nTo: {TO}\n",
        "text": "Hi",
        "envelope": json.dumps({"from": "carla@example.com", "to": [TO]}),
        "charsets": "{}",
        "attachment-info": "{}",
        "spam_score": "1.0",
    },
    "sendgrid/tracking/": [
        {"event": "dropped", "timestamp": 1700000000, "sg_event_id": "e1", "reason": "invalid"}
    ],
    "sparkpost/inbound/": [
        {
            "msys": {
                "relay_message": {
                    "content": {"email_rfc822": RAW, "email_rfc822_is_base64": False},
                    "rcpt_to": TO,
                    "msg_from": "carla@example.com",
                    "protocol": "smtp",
                }
            }
        }
    ],
    "sparkpost/tracking/": [
        {
            "msys": {
                "message_event": {
                    "type": "bounce",
                    "timestamp": "1700000000",
                    "bounce_class": "10",
                    "transmission_id": "m1",
                    "rcpt_meta": {"a": "b"},
                }
            }
        }
    ],
    "unisender_go/tracking/": {
        "events_by_user": [
            {
                "events": [
                    {
                        "event_name": "transactional_email_status",
                        "event_data": {
                            "status": "delivered",
                            "email": TO,
                            "job_id": "j1",
                            "event_time": "2026-01-05 10:00:00",
                            "delivery_info": {"delivery_status": "ok"},
                        },
                    }
                ]
            }
        ]
    },
}
# They sign within the body: one that holds no signature is refused for that.
SIGNS_WITHIN = ("mailgun/", "unisender_go/")


def configure(settings: Any) -> None:
    """Every provider, with a key where it has one."""
    settings.SNS_VERIFY = False
    settings.ANYMAIL_BREVO_API_KEY = settings.ANYMAIL_RESEND_API_KEY = SECRET
    settings.ANYMAIL_MAILTRAP_API_TOKEN = settings.ANYMAIL_UNISENDER_GO_API_KEY = SECRET
    settings.ANYMAIL_MAILERSEND_SIGNING_SECRET = SECRET
    settings.ANYMAIL_MAILERSEND_INBOUND_SECRET = SECRET
    settings.ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = SECRET
    settings.ANYMAIL_MANDRILL_WEBHOOK_KEY = SECRET
    settings.ANYMAIL_POSTAL_WEBHOOK_KEY = "".join(_public_pem().splitlines()[1:-1])


def send(mail_provider: Any, route: str, content: Any) -> Any:
    """Posts content (bytes as they are, else as this provider writes it), signed; the answer."""
    body, kind = _written(route, content)
    body = _signed_within(route, body, kind)
    return mail_provider.post(route, body, kind, **_signed_beside(route, body))


def _written(route: str, content: Any) -> tuple[bytes, str]:
    if route.startswith("mandrill/"):
        events = content if isinstance(content, bytes) else json.dumps(content)
        return urlencode({"mandrill_events": events}).encode(), FORM
    if isinstance(content, bytes):
        return content, JSON
    if route in FORMS:
        return urlencode(content, errors="surrogatepass").encode(), FORM
    if route.startswith("amazon_ses/"):
        content = {"Type": "Notification", "MessageId": "1", "Message": json.dumps(content)}
    return json.dumps(content).encode(), JSON


FORMS = {"mailgun/inbound/", "mailgun/inbound_mime/", "sendgrid/inbound/"}


def _signed_within(route: str, body: bytes, kind: str) -> bytes:
    if route.startswith("unisender_go/") and body.startswith(b"{"):
        keyed = body[:-1] + b', "auth": "%s"}' % SECRET.encode()
        return keyed.replace(SECRET.encode(), hashlib.md5(keyed).hexdigest().encode())  # noqa: S324
    if route.startswith("mailgun/") and kind == FORM:
        return body + b"&" + urlencode(_mailgun()).encode()
    if route.startswith("mailgun/") and body.startswith(b"{"):
        return body[:-1] + b', "signature": %s}' % json.dumps(_mailgun()).encode()
    return body


def _mailgun() -> dict[str, str]:
    signature = hmac.new(SECRET.encode(), b"1token", hashlib.sha256).hexdigest()
    return {"timestamp": "1", "token": "token", "signature": signature}


def _signed_beside(route: str, body: bytes) -> dict[str, str]:
    sign = HEADERS.get(route.partition("/")[0])
    return dict(sign(route, body)) if sign else {}


def _mandrill(route: str, body: bytes) -> Mapping[str, str]:
    from django.http import QueryDict

    address = PUBLIC.replace("//", "//provider:secret@") + f"/webhooks/email/{route}"
    fields = QueryDict(body.decode("utf-8", "replace"))
    signed = address + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha1).digest()
    return {"X-Mandrill-Signature": b64encode(digest).decode()}


def _postal(route: str, body: bytes) -> Mapping[str, str]:
    signature = _key().sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    return {"X-Postal-Signature": b64encode(signature).decode()}


def _mailersend(route: str, body: bytes) -> Mapping[str, str]:
    return {"Signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def _amazon(route: str, body: bytes) -> Mapping[str, str]:
    return {"X-Amz-Sns-Message-Type": "Notification", "X-Amz-Sns-Message-Id": "1"}


HEADERS: dict[str, Callable[[str, bytes], Mapping[str, str]]] = {
    "amazon_ses": _amazon,
    "mailersend": _mailersend,
    "mandrill": _mandrill,
    "postal": _postal,
}


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505


def _public_pem() -> str:
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return _key().public_key().public_bytes(*pem).decode()


def with_oddities(sample: Any, odd: tuple[Any, ...]) -> Iterator[Any]:
    """The sample with each of its values in turn replaced by something odd, and left out."""
    for path in _paths(sample):
        for value in odd:
            yield _changed(sample, path, value)
        if isinstance(path[-1], str):
            yield _changed(sample, path, MISSING)


MISSING = object()


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in pairs:
        yield (*path, name)
        if isinstance(each, dict | list):
            yield from _paths(each, (*path, name))


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    first, *rest = path
    copy = value.copy()
    if rest:
        copy[first] = _changed(value[first], tuple(rest), new)
    elif new is MISSING:
        del copy[first]
    else:
        copy[first] = new
    return copy
