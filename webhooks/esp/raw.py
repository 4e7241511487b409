"""Providers that hand over the raw mail, and where in their request it stands.

Anymail would parse it within the worker, without limits, and raises on odd mails; so where there is a
raw mail, the reader that fears nothing (`webhooks.mail`) gets the bytes.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from webhooks.esp.authentication import AMAZON, dmarc_in
from webhooks.esp.envelope import Envelope, null_path
from webhooks.esp.replay import ReplayedRequest
from webhooks.text import clean

TOP = 64 * 1024  # bytes in which the headers stand that the receiving server puts on top


@dataclass(frozen=True)
class RawMail:
    """One mail as it came over the wire, and what was said of it."""

    content: bytes
    envelope: Envelope


def raw_mails(provider: str, request: ReplayedRequest) -> tuple[RawMail, ...]:
    """The raw mails in a request; none where the provider sends fields instead, or something else."""
    find = RAW.get(provider)
    if find is None:
        return ()
    try:
        return tuple(find(request))
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        return ()


def top_header(raw: bytes, name: str) -> str:
    """The first header of that name, unfolded; empty when there is none."""
    return next(iter(top_headers(raw, name)), "")


def top_headers(raw: bytes, name: str) -> list[str]:
    """All headers of that name, unfolded, from the top; of a very long header block only its beginning."""
    head = re.split(rb"\r?\n\r?\n", raw[:TOP], maxsplit=1)[0]
    pattern = rb"^%s:(.*(?:\r?\n[ \t].*)*)" % re.escape(name.encode())
    found = re.finditer(pattern, head, re.IGNORECASE | re.MULTILINE)
    return [" ".join(each[1].decode("ascii", "replace").split()) for each in found]


def dmarc_of(raw: bytes) -> str:
    """The verdict that stands in a raw mail: pass, fail, or empty."""
    return dmarc_in(top_headers(raw, "Authentication-Results"))


def _mail(
    content: Any, recipients: Iterable[Any], sender: Any, dmarc: str | None = None, **said: Any
) -> RawMail:
    """`dmarc` is the provider's own word, None where it gives none beside the mail."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    envelope = Envelope(
        recipients=tuple(part.strip() for name in recipients for part in str(name).split(",")),
        sender=null_path(sender),
        dmarc=dmarc_of(raw) if dmarc is None else dmarc,
        **said,
    )
    return RawMail(raw, envelope)


def _base64_if(encoded: bool, content: str) -> bytes | str:
    return b64decode(content) if encoded else content


def _amazon_ses(request: ReplayedRequest) -> Iterable[RawMail]:
    event = json.loads(json.loads(request.body)["Message"])
    receipt = event["receipt"]
    content = _base64_if(receipt["action"].get("encoding") == "BASE64", event["content"])
    spam = receipt.get("spamVerdict", {}).get("status") == "FAIL"
    dmarc = AMAZON.get(receipt.get("dmarcVerdict", {}).get("status"), "")
    sender = event["mail"].get("source")
    yield _mail(content, receipt["recipients"], sender, is_spam=spam, dmarc=dmarc)


def _mailersend(request: ReplayedRequest) -> Iterable[RawMail]:
    data = json.loads(request.body)["data"]
    recipients = [to["email"] for to in data["recipients"]["rcptTo"]]
    yield _mail(data["raw"], recipients, data.get("sender", {}).get("email"))


def _mailgun(request: ReplayedRequest) -> Iterable[RawMail]:
    content, form = request.POST["body-mime"].encode("utf-8", "replace"), request.POST
    spam = top_header(content, "X-Mailgun-Sflag").lower() == "yes"
    yield _mail(content, [form.get("recipient", "")], form.get("sender"), is_spam=spam)


def _mandrill(request: ReplayedRequest) -> Iterable[RawMail]:
    events = json.loads(request.POST["mandrill_events"])
    for message in (event["msg"] for event in events if event.get("event") == "inbound"):
        yield _mail(message["raw_msg"], [message.get("email") or ""], None)


def _postal(request: ReplayedRequest) -> Iterable[RawMail]:
    event = json.loads(request.body)
    content = _base64_if(event.get("base64") is True, event["message"])
    yield _mail(content, [event.get("rcpt_to") or ""], event.get("mail_from"))


def _postmark(request: ReplayedRequest) -> Iterable[RawMail]:
    event = json.loads(request.body)
    first = (event.get("Headers") or [{}])[0]
    sender = first.get("Value") if first.get("Name", "").lower() == "return-path" else None
    yield _mail(
        event["RawEmail"],
        [event.get("OriginalRecipient") or ""],
        sender,
        stripped_text=clean(event.get("StrippedTextReply")),
        is_spam=top_header(event["RawEmail"].encode("utf-8", "replace"), "X-Spam-Status")
        .lower()
        .startswith("yes"),
    )


def _sendgrid(request: ReplayedRequest) -> Iterable[RawMail]:
    envelope = json.loads(request.POST.get("envelope", "{}"))
    yield _mail(request.POST["email"], envelope.get("to", ()), envelope.get("from"))


def _sparkpost(request: ReplayedRequest) -> Iterable[RawMail]:
    for event in json.loads(request.body):
        if relay := event["msys"].get("relay_message"):
            content = relay["content"]
            raw = _base64_if(content["email_rfc822_is_base64"], content["email_rfc822"])
            yield _mail(raw, [relay.get("rcpt_to") or ""], relay.get("msg_from"))


RAW: dict[str, Callable[[ReplayedRequest], Iterable[RawMail]]] = {
    "amazon_ses": _amazon_ses,
    "mailersend": _mailersend,
    "mailgun": _mailgun,
    "mandrill": _mandrill,
    "postal": _postal,
    "postmark": _postmark,
    "sendgrid": _sendgrid,
    "sparkpost": _sparkpost,
}
