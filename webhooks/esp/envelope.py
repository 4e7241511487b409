"""What a provider says about a mail beside the mail: its envelope, its verdicts, the reply alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent

from webhooks.esp.authentication import AMAZON, dmarc_in
from webhooks.text import clean

# The threshold at which SpamAssassin, whose score most providers report, calls a mail spam.
SPAM_SCORE = 5.0


@dataclass(frozen=True)
class Envelope:
    """`sender` is "<>" for the null path and empty where it is not known; `dmarc` pass, fail or empty."""

    recipients: tuple[str, ...] = ()
    sender: str = ""
    stripped_text: str = ""
    is_spam: bool = False
    dmarc: str = ""


def envelope_of(provider: str, event: AnymailInboundEvent) -> Envelope:
    """The envelope of a mail that Anymail has read."""
    message = event.message
    return Envelope(
        recipients=tuple(_recipients(provider, event)),
        sender=null_path(message.envelope_sender),
        stripped_text=clean(message.stripped_text),
        is_spam=_is_spam(message),
        dmarc=_dmarc(provider, event),
    )


def null_path(sender: str | None) -> str:
    """The envelope's sender; "<>" where a provider says that there is none (RFC 5321 section 4.5.5)."""
    return "" if sender is None else clean(sender).strip() or "<>"


def _recipients(provider: str, event: AnymailInboundEvent) -> Iterator[str]:
    """Every recipient of the envelope: Anymail keeps the first, which need not be ours."""
    named = [event.message.envelope_recipient or ""]
    if more := MORE_RECIPIENTS.get(provider):
        named += _guarded(more, event.esp_event)
    addresses = (part.strip() for name in named for part in clean(name).split(","))
    yield from dict.fromkeys(filter(None, addresses))


def _guarded(read: Callable[[Any], Iterable[str]], esp_event: Any) -> list[str]:
    try:
        return [str(address) for address in read(esp_event)]
    except (LookupError, TypeError, ValueError, AttributeError):
        return []  # a field that this provider left out


MORE_RECIPIENTS: dict[str, Callable[[Any], Iterable[str]]] = {
    "amazon_ses": lambda event: event["receipt"]["recipients"],
    "brevo": lambda event: event["Recipients"],
    "resend": lambda event: event["data"]["to"],
    "sendgrid": lambda request: json.loads(request.POST["envelope"])["to"],
}


def _is_spam(message: AnymailInboundMessage) -> bool:
    if message.spam_detected is not None:
        return bool(message.spam_detected)
    return isinstance(message.spam_score, float) and message.spam_score >= SPAM_SCORE


def _dmarc(provider: str, event: AnymailInboundEvent) -> str:
    """Amazon's own verdict; else that of the server that took the mail in."""
    if provider == "amazon_ses":
        verdict = _guarded(lambda e: [e["receipt"]["dmarcVerdict"]["status"]], event.esp_event)
        return AMAZON.get("".join(verdict).upper(), "")
    try:
        return dmarc_in(clean(each) for each in event.message.get_all("Authentication-Results", ()))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""  # the email package raises on some odd headers
