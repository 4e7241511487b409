"""What is known of a customer, for the pane beside a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf.locale import LANG_INFO
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from gateway.models import Consent, ContactAddress, CustomerMessage
from gateway.models.listing import snapshot
from gateway.participants import contact_name
from gateway.words import channel_name

MANY_OTHERS = 10
LISTING_FIELDS = ("title", "url", "price", "status")


@dataclass(frozen=True)
class ListingCard:
    """What the conversation is about, as it was when the customer wrote.

    `now` says what is different now, in words; empty where nothing is.
    """

    title: str
    url: str
    price: str
    status: str
    now: str


@dataclass(frozen=True)
class CustomerPane:
    """A customer, his addresses, wishes and consent, what it is about, and what else he wrote.

    `linked` is the conversation that this one came after, and those that came after this one.
    """

    name: str
    since: datetime
    addresses: list[ContactAddress]
    language: str
    reply_by: str
    consents: list[Consent]
    listing: ListingCard | None
    others: list[CustomerMessage]
    linked: list[CustomerMessage]


def customer_pane(message: CustomerMessage) -> CustomerPane:
    """The pane beside a conversation; three queries where the addresses were read with it."""
    contact = message.contact
    others = contact.messages.filter(deleted_at=None).exclude(pk=message.pk)
    return CustomerPane(
        name=contact_name(contact, message),
        since=contact.created_at,
        addresses=list(contact.addresses.all()),
        language=_language(message.language or contact.language),
        reply_by=channel_name(message.reply_by) if message.reply_by else "",
        consents=list(contact.consents.order_by("-created_at")[:3]),
        listing=_listing(message),
        others=list(others.order_by("-last_activity_at")[:MANY_OTHERS]),
        linked=list(others.filter(Q(pk=message.follows_id) | Q(follows=message.pk))[:MANY_OTHERS]),
    )


def _language(code: str) -> str:
    # Django's own catalogue has the names of languages.
    return gettext(str(LANG_INFO[code]["name"])) if code in LANG_INFO else code


def _listing(message: CustomerMessage) -> ListingCard | None:
    kept = message.listing_snapshot
    if not kept:
        return None
    title, url, price, status = _fields(kept)
    safe = url if url.startswith(("https://", "http://")) else ""
    return ListingCard(title, safe, price, status, _now(message, kept))


def _fields(kept: dict[str, Any]) -> list[str]:
    return [str(kept.get(name) or "") for name in LISTING_FIELDS]


def _now(message: CustomerMessage, kept: dict[str, Any]) -> str:
    if message.listing is None:
        return _("no longer offered")
    now = _fields(snapshot(message.listing))
    changed = [new or _("none") for old, new in zip(_fields(kept), now, strict=True) if old != new]
    return " · ".join(changed)
