"""How an SMS or a WhatsApp message finds its conversation: ordered steps, the first that knows decides.

They run under the lock on (our number, their address).
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from channels_out.channel import PHONE_CHANNELS
from channels_out.models import Delivery, Sender
from gateway.addresses import normalize
from gateway.codes import listing_in
from gateway.inbound.contacts import is_unknown_phone
from gateway.inbound.evidence import Evidence, Found
from gateway.inbound.messages import InboundText
from gateway.inbound.remarks import after_silence, named_by_form, of_another_name, of_several
from gateway.inbound.shared_number import (
    by_choice,
    by_number_in_no_link,
    by_number_of_pool,
    by_recent_answer,
)
from gateway.inbound.whatsapp_users import holder_since
from gateway.models import Business, CustomerMessage, DedicatedSender, Receipt, Route
from gateway.routes import awake, conversation_about, routes_of_writer


def find_text(text: InboundText, sender: Sender, business: Business | None) -> Found | None:
    """The conversation or business that the evidence names, or None when it must be held.

    `business` is the one that our number is dedicated to.
    """
    routes = routes_of_writer(sender, business, text.from_address)
    lately = awake(routes, holder_since(text))
    pair = [route for route in lately if route.sender_id == sender.pk]
    its = [route for route in lately if business and route.business_id == business.pk]
    asleep = [route for route in routes if route not in lately]
    evidence = Evidence(text, sender, business, pair, its, asleep)
    for step in STEPS:
        found = step(evidence)
        if found is not None:
            return found
    return None


def business_of(sender: Sender) -> Business | None:
    """The business that a number of ours is dedicated to."""
    try:
        return sender.dedication.business
    except DedicatedSender.DoesNotExist:
        return None


def by_quote(evidence: Evidence) -> Found | None:
    """The customer quoted one message of the pair (Twilio's OriginalRepliedMessageSid)."""
    if not evidence.text.quoted_id:
        return None
    message = _sent_by_us(evidence) or _written_before(evidence)
    if message is None or message.deleted_at:
        return None
    if evidence.business not in (None, message.business):
        return None
    return Found("quote", message.business, message)


def by_code(evidence: Evidence) -> Found | None:
    """The text holds the code of a listing, as its link or QR code prefills it: what is open about it, or new."""
    listing = listing_in(evidence.text.text)
    if listing is None or evidence.business not in (None, listing.business):
        return None
    message = conversation_about(listing, evidence.of_business or evidence.routes)
    note = "" if message else _note_on_silence(evidence, listing.business)
    return Found("code", listing.business, message, note, bool(note), listing)


def by_dedicated_number(evidence: Evidence) -> Found | None:
    """The number belongs to one business: its conversation with the newest activity on the pair."""
    business = evidence.business
    if business is None:
        return None
    routes = [route for route in evidence.living if route.business_id == business.pk]
    if not routes:
        return None
    notes = (
        of_several(routes, evidence.at),
        of_another_name(evidence.text.from_name, routes[0], evidence.at),
    )
    return Found("number", business, routes[0].message, " ".join(filter(None, notes)))


def by_phone_of_contact(evidence: Evidence) -> Found | None:
    """The number belongs to one business, which has an open conversation with this phone on another one."""
    business = evidence.business
    if business is None:
        return None
    messages = _open_with_phone(evidence.of_business)
    if not messages:
        return None
    several = of_several(evidence.of_business, evidence.at)
    note = several or _("Found by the phone number of the customer.")
    return Found("contact", business, messages[0], note)


def by_silence(evidence: Evidence) -> Found | None:
    """The number belongs to one business, with which this phone was silent for so long that providers
    may have given it to somebody else: a new conversation of a new customer.
    """
    business = evidence.business
    note = _note_on_silence(evidence, business) if business else ""
    return Found("number", business, note=note, is_stranger=True) if business and note else None


def by_new_on_dedicated_number(evidence: Evidence) -> Found | None:
    """The number belongs to one business, and nothing passed between them yet: a new conversation.

    Who sent a form that names this phone may be anybody, and reads his conversation: it is only named.
    """
    business = evidence.business
    if business is None:
        return None
    if not evidence.of_business and is_unknown_phone(business, evidence.phone):
        return Found("number", business, is_stranger=True)
    claimed = _open_of(business).filter(
        contact__addresses__business=business,
        contact__addresses__channel__in=PHONE_CHANNELS,
        contact__addresses__normalized=evidence.phone,
    )
    return Found("number", business, note=named_by_form(claimed.first()))


STEPS: tuple[Callable[[Evidence], Found | None], ...] = (
    by_quote,
    by_code,
    by_dedicated_number,
    by_phone_of_contact,
    by_silence,
    by_new_on_dedicated_number,
    by_number_in_no_link,
    by_choice,
    by_recent_answer,
    by_number_of_pool,
)


def _sent_by_us(evidence: Evidence) -> CustomerMessage | None:
    quoted = Delivery.objects.filter(
        provider_id=evidence.text.quoted_id, sender=evidence.sender, dispatch__isnull=False
    ).exclude(purpose="notification")
    delivery = quoted.select_related("dispatch__message__business").first()
    same = delivery and _same_address(evidence, delivery.to_address)
    return delivery.dispatch.message if delivery and same else None


def _written_before(evidence: Evidence) -> CustomerMessage | None:
    key = evidence.text.key.rpartition(":")[0] + ":" + evidence.text.quoted_id
    receipt = Receipt.objects.filter(key=key).select_related("message__business").first()
    on_pair = {route.message_id for route in evidence.living}
    return receipt.message if receipt and receipt.message_id in on_pair else None


def _same_address(evidence: Evidence, address: str) -> bool:
    """Whether it is the writer's, by either of his names."""
    named = (evidence.text.from_address, evidence.text.alias)
    channel = evidence.sender.channel
    return normalize(channel, address) in {normalize(channel, name) for name in named if name}


def _open_with_phone(routes: list[Route]) -> list[CustomerMessage]:
    """Those that were written to from this phone, else those in which we answered on it."""
    open_ones = [route for route in routes if route.message.is_open]
    written = [route for route in open_ones if route.last_inbound_at]
    messages = {route.message_id: route.message for route in written or open_ones}
    newest = sorted(messages.values(), key=lambda each: (each.last_activity_at, each.pk))
    return newest[::-1]


def _open_of(business: Business) -> QuerySet[CustomerMessage]:
    messages = CustomerMessage.objects.filter(
        business=business, deleted_at=None, is_archived=False, is_spam=False
    )
    return messages.order_by("-last_activity_at", "-id")


def _note_on_silence(evidence: Evidence, business: Business) -> str:
    """That all that passed with the business is so long ago that it was perhaps somebody else."""
    if any(route.business_id == business.pk for route in (*evidence.routes, *evidence.of_business)):
        return ""
    before = [route for route in evidence.asleep if route.business_id == business.pk]
    return after_silence(before[0]) if before else ""
