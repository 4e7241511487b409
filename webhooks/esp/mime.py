"""A journalled raw mail of an own server becomes the domain's."""

from __future__ import annotations

from urllib.parse import parse_qs

from webhooks.esp.envelope import Envelope, null_path
from webhooks.esp.hand_over import hand_over
from webhooks.esp.raw import dmarc_of
from webhooks.models import InboundEvent
from webhooks.outcome import Ended


def take_in(event: InboundEvent) -> Ended:
    """Reads the mail and hands it to the door in."""
    raw = event.read_body()
    query = parse_qs(event.query, keep_blank_values=True, errors="replace")
    envelope = Envelope(
        recipients=tuple(query.get("recipient", ())),
        sender=null_path(query.get("sender", [None])[0]),
        dmarc=dmarc_of(raw),
    )
    return hand_over(raw, envelope, event)
