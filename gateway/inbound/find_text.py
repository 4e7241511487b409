"""How an SMS or a WhatsApp message finds its conversation: ordered steps, the first that knows decides.

They run under the lock on (our number, their address).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from channels_out.models import Delivery, Sender
from gateway.addresses import normalize
from gateway.inbound.messages import InboundText
from gateway.models import Business, CustomerMessage, DedicatedSender, Receipt, Route
from gateway.routes import routes_between

# On a shared number an answer is expected within days; later the same person may mean another business.
RECENT = timedelta(days=3)


@dataclass(frozen=True)
class Found:
    """Where a text belongs: a conversation, or a business for which it opens one."""

    step: str
    business: Business
    message: CustomerMessage | None = None
    note: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the steps look at."""

    text: InboundText
    sender: Sender
    routes: list[Route]

    @property
    def business(self) -> Business | None:
        """The business that the number is dedicated to."""
        dedication = (
            DedicatedSender.objects.filter(sender=self.sender).select_related("business").first()
        )
        return dedication.business if dedication else None


def find_text(text: InboundText, sender: Sender) -> Found | None:
    """The conversation or business that the evidence names, or None when it must be held."""
    evidence = Evidence(text, sender, routes_between(sender, text.from_address))
    for step in STEPS:
        found = step(evidence)
        if found is not None:
            return found
    return None


def by_quote(evidence: Evidence) -> Found | None:
    """The customer quoted one message of the pair (Twilio's OriginalRepliedMessageSid)."""
    if not evidence.text.quoted_id:
        return None
    message = _sent_by_us(evidence) or _written_before(evidence)
    if message is None or message.deleted_at or not _may_hold(evidence, message):
        return None
    return Found("quote", message.business, message)


def by_dedicated_number(evidence: Evidence) -> Found | None:
    """The number belongs to one business: its conversation with the newest activity on the pair."""
    business = evidence.business
    if business is None:
        return None
    open_routes = [route for route in evidence.routes if route.business_id == business.pk]
    if not open_routes:
        return None
    note = _note_on_several([route.message for route in open_routes])
    return Found("number", business, open_routes[0].message, note)


def by_phone_of_contact(evidence: Evidence) -> Found | None:
    """The number belongs to one business, and a contact with this phone has an open conversation there."""
    business = evidence.business
    if business is None:
        return None
    known = CustomerMessage.objects.filter(
        business=business,
        deleted_at=None,
        is_archived=False,
        is_spam=False,
        contact__addresses__channel__in=("sms", "whatsapp"),
        contact__addresses__normalized=normalize(evidence.text.channel, evidence.text.from_address),
    )
    open_messages = list(known.distinct().order_by("-last_activity_at", "-id")[:5])
    if not open_messages:
        return None
    note = (
        _note_on_several(open_messages) or "Found by the phone number that was given in the form."
    )
    return Found("contact", business, open_messages[0], note)


def by_new_on_dedicated_number(evidence: Evidence) -> Found | None:
    """The number belongs to one business, and nothing is known yet: a new conversation."""
    business = evidence.business
    return Found("number", business) if business else None


def by_recent_answer(evidence: Evidence) -> Found | None:
    """A shared number on which we wrote to this address lately for exactly one conversation."""
    since = timezone.now() - RECENT
    recent = [
        route
        for route in evidence.routes
        if route.last_outbound_at and route.last_outbound_at >= since
    ]
    if len(recent) != 1:
        return None
    return Found("recent", recent[0].business, recent[0].message)


STEPS: tuple[Callable[[Evidence], Found | None], ...] = (
    by_quote,
    by_dedicated_number,
    by_phone_of_contact,
    by_new_on_dedicated_number,
    by_recent_answer,
)


def _sent_by_us(evidence: Evidence) -> CustomerMessage | None:
    quoted = Delivery.objects.filter(
        provider_id=evidence.text.quoted_id, sender=evidence.sender, dispatch__isnull=False
    )
    delivery = quoted.select_related("dispatch__message__business").first()
    same = delivery and _same_address(evidence, delivery.to_address)
    return delivery.dispatch.message if delivery and same else None


def _written_before(evidence: Evidence) -> CustomerMessage | None:
    key = evidence.text.key.rpartition(":")[0] + ":" + evidence.text.quoted_id
    receipt = Receipt.objects.filter(key=key).select_related("message__business").first()
    on_pair = {route.message_id for route in evidence.routes}
    return receipt.message if receipt and receipt.message_id in on_pair else None


def _same_address(evidence: Evidence, address: str) -> bool:
    channel = evidence.sender.channel
    return normalize(channel, address) == normalize(channel, evidence.text.from_address)


def _may_hold(evidence: Evidence, message: CustomerMessage) -> bool:
    business = evidence.business
    return business is None or business.pk == message.business_id


def _note_on_several(messages: list[CustomerMessage]) -> str:
    open_messages = [message for message in messages if not message.is_archived]
    if len(open_messages) < 2:
        return ""
    return f"{len(open_messages)} conversations are open with this number; filed under the newest."
