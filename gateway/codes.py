"""Short codes by which a text names a listing: `#K7PQ42` in a link, on a poster or in a QR code."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import segno
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Sender
from gateway.links import whole_url
from gateway.listing_addresses import listing_address
from gateway.models import Business, CustomerMessage, ListingCode

# Without vowels no code is a word, and without 0, 1 and their like it can be read aloud.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 6
LONGEST_TITLE = 60
MOST_CODES = 9
_CODE = re.compile(rf"(?<![^\s(\[\"“:,;])#([{ALPHABET}]{{{LENGTH}}})(?!\w)", re.IGNORECASE)


def code_of(listing: Any) -> str:
    """The code of a listing without its `#`, made when it is first asked for. Never changes."""
    known = ListingCode.objects.filter(listing=listing).first()
    while known is None:
        known = _make(listing)
    return known.code


def listing_in(text: str) -> Any | None:
    """The one listing that the codes of a text name; None for none, and for those of several."""
    found = listings_in(text)
    return found[0] if len(found) == 1 else None


def listings_in(text: str) -> list[Any]:
    """The listings that the codes of a text name, each with its business; a few of them where they are many."""
    codes = {code.upper() for code in _CODE.findall(text)}
    if not codes:
        return []
    named = ListingCode.objects.filter(code__in=codes, listing__isnull=False)
    return [each.listing for each in named.select_related("listing__business")[:MOST_CODES]]


def is_nothing_but_a_code(text: str) -> bool:
    """Whether there is one code and not a word besides."""
    return bool(_CODE.fullmatch(text.strip()))


def listing_named(text: str) -> Any | None:
    """The listing of a code that somebody typed, with or without `#`."""
    marked = "#" + text.strip().removeprefix("#")
    return listing_in(marked) if is_nothing_but_a_code(marked) else None


@dataclass(frozen=True)
class Link:
    """What opens a customer's own program with a message about a listing to an address of ours."""

    channel: Channel
    address: str
    url: str


def links_of(listing: Any, business: Business) -> list[Link]:
    """Links that open a message to the business: `sms:` (RFC 5724) and `wa.me` with the code in it, and `mailto:`.

    One for each channel on which the business has a number, its own before a shared one, and the
    listing's own mail address. Businesses spread over the front doors of a pool, or over all of its
    numbers where it has none: on one that few have in common, a text that lost its code is rarely in doubt. `wa.me`: https://faq.whatsapp.com/5913398998672934
    """
    title = str(listing)[:LONGEST_TITLE].strip()
    text = quote(f"{title} #{code_of(listing)}: ", safe="")
    senders = [_sender(business, channel) for channel in sorted(PHONE_CHANNELS)]
    links = [
        Link(Channel(each.channel), each.address, _url(each, text)) for each in senders if each
    ]
    if address := listing_address(listing):
        mailto = f"mailto:{quote(address, safe='@')}?subject={quote(title, safe='')}"
        links.append(Link(Channel.EMAIL, address, mailto))
    return links


def qr_url(listing: Any, channel: str) -> str:
    """Where the QR code of one of these links is, for anybody: it is there to be printed."""
    return whole_url(reverse("gateway:qr", args=[code_of(listing), channel]))


def qr_of(code: str, channel: str) -> bytes | None:
    """The QR code of a link as SVG, or None where the listing has no such link."""
    listing = listing_named(code)
    links = links_of(listing, listing.business) if listing else []
    url = next((link.url for link in links if link.channel == channel), None)
    if url is None:
        return None
    drawn = io.BytesIO()
    segno.make_qr(url, error="m").save(drawn, kind="svg", scale=4, dark="#000", light="#fff")
    return drawn.getvalue()


def listing_of(key: str, businesses: Iterable[UUID]) -> Any | None:
    """A listing of one of these businesses by its key; None for any other, and for what is no key."""
    try:
        found = listings_of(businesses).filter(pk=key)
        return found.select_related("business").first()
    except (ValidationError, ValueError, OverflowError):
        return None


def listings_of(businesses: Iterable[UUID]) -> QuerySet[Any]:
    """The listings of these businesses."""
    model: Any = CustomerMessage._meta.get_field("listing").related_model
    found: QuerySet[Any] = model._default_manager.filter(business__in=list(businesses))
    return found


def _make(listing: Any) -> ListingCode | None:
    """None where the code is another listing's, or somebody made one for this listing just now."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    try:
        with transaction.atomic():
            return ListingCode.objects.create(listing=listing, code=code)
    except IntegrityError:
        return ListingCode.objects.filter(listing=listing).first()


def _sender(business: Business, channel: str) -> Sender | None:
    """The business's own number, else the shared one that is its: it changes least where numbers come and go.

    Rendezvous hashing (Thaler and Ravishankar, 1998).
    """
    senders = Sender.objects.filter(channel=channel, is_active=True)
    own = senders.filter(dedication__business=business).order_by("created_at").first()
    if own is not None:
        return own
    shared = list(senders.filter(is_shared=True, dedication=None))
    front_doors = [each for each in shared if each.is_front_door]
    return max(front_doors or shared, key=lambda each: _score(each, business), default=None)


def _score(sender: Sender, business: Business) -> bytes:
    return hashlib.sha256(f"{sender.address} {business.slug}".encode()).digest()


def _url(sender: Sender, text: str) -> str:
    if sender.channel == Channel.WHATSAPP:
        return f"https://wa.me/{sender.address.lstrip('+')}?text={text}"
    return f"sms:{sender.address}?body={text}"
