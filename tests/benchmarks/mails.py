"""Mails of customers to the public addresses of businesses, as a mail server hands them to the gateway."""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

from tests.benchmarks.installation import MAIL_AUTH, REPLY_DOMAIN
from tests.benchmarks.size import BUSINESSES

# About 5 kB in all: a plain text, the same as HTML, the headers that two servers on the way add.
PARAGRAPHS = 5
PARAGRAPH = (
    "I saw your listing of the blue bike and would like to know whether it is still there, what size the frame is, "
    "and whether I could come by on Saturday at about ten to try it. My daughter would ride it to school every day, "
    "so the brakes and the lights matter more to me than the looks. "
)
_numbers = itertools.count(1)


def posted(count: int) -> Iterator[bytes]:
    """Whole HTTP requests, each with a mail of another customer."""
    for number in itertools.islice(_numbers, count):
        yield _request(number % BUSINESSES + 1, _mail(number).as_bytes(policy=SMTP))


def _mail(number: int) -> EmailMessage:
    mail = EmailMessage()
    mail["Received"] = (
        f"from out.home.example (out.home.example [192.0.2.1]) by mx.bench.example with ESMTPS id {number:012x}; "
        "Wed, 25 Nov 2026 10:00:00 +0000"
    )
    mail["DKIM-Signature"] = (
        "v=1; a=rsa-sha256; d=home.example; s=key; h=from:to:subject; b=" + "A" * 340
    )
    mail["From"] = f"Maya Customer <maya{number}@home.example>"
    mail["To"] = f"shop-{number % BUSINESSES + 1}@{REPLY_DOMAIN}"
    mail["Subject"] = f"The blue bike {number}"
    mail["Date"] = "Wed, 25 Nov 2026 10:00:00 +0000"
    mail["Message-ID"] = f"<{number}@home.example>"
    mail.set_content("\n\n".join([PARAGRAPH] * PARAGRAPHS))
    mail.add_alternative(
        "".join(f"<div dir='ltr'><p>{PARAGRAPH}</p></div>" for _ in range(PARAGRAPHS)), "html"
    )
    return mail


def _request(business: int, mail: bytes) -> bytes:
    head = (
        f"POST /webhooks/email/mime/?recipient=shop-{business}@{REPLY_DOMAIN} HTTP/1.1\r\n"
        f"Host: bench.example\r\nAuthorization: Basic {b64encode(MAIL_AUTH.encode()).decode()}\r\n"
        f"Content-Type: message/rfc822\r\nContent-Length: {len(mail)}\r\n\r\n"
    )
    return head.encode() + mail
