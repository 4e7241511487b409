"""What speaks for another business than the one that wrote on a shared number: asked or marked, never guessed."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, Max, OuterRef

from channels_out.channel import PHONE_CHANNELS
from channels_out.models import Sender
from gateway.codes import listings_in
from gateway.conf import reply_domain
from gateway.models import Business, CustomerMessage, DedicatedSender, Route


def last_elsewhere(sender: Sender, phone: str, business_id: UUID) -> datetime | None:
    """When something last passed in an open conversation of this phone with another business; None: in none.

    Only with one that he could mean on this number: not one that has a number of its own on this
    channel, nor one that deals with this phone on another number of ours. A form can be filled in
    with anybody's phone, so this says that another may be meant, never that it is.
    """
    own = DedicatedSender.objects.filter(
        business=OuterRef("business"), sender__channel=sender.channel, sender__is_active=True
    )
    on_another_number = Route.objects.filter(
        business=OuterRef("business"), normalized=phone, sender__is_active=True
    ).exclude(sender=sender)
    others = CustomerMessage.objects.filter(
        ~Exists(own),
        ~Exists(on_another_number),
        contact__addresses__channel__in=PHONE_CHANNELS,
        contact__addresses__normalized=phone,
        deleted_at=None,
        is_archived=False,
        is_spam=False,
    ).exclude(business=business_id)
    newest: datetime | None = others.aggregate(newest=Max("last_activity_at"))["newest"]
    return newest


def is_everybodys(sender: Sender, business_id: UUID) -> bool:
    """Whether other businesses write to their customers from this number, too, as they have no other.

    Whoever knows it may mean any of them.
    """
    own = DedicatedSender.objects.filter(
        business=OuterRef("pk"), sender__channel=sender.channel, sender__is_active=True
    )
    without = Business.objects.filter(~Exists(own)).exclude(pk=business_id)
    return not is_of_pool(sender) and without.exists()


def is_of_pool(sender: Sender) -> bool:
    """Whether there are other shared numbers: then it was chosen because no other business uses it with him."""
    others = Sender.objects.filter(channel=sender.channel, is_active=True, is_shared=True)
    return others.filter(dedication=None).exclude(pk=sender.pk).exists()


def is_in_no_link(sender: Sender) -> bool:
    """Whether it is of a pool with front doors, and none of them: he knows it only from who wrote to him."""
    front_doors = Sender.objects.filter(channel=sender.channel, is_active=True, is_front_door=True)
    return sender.is_shared and not sender.is_front_door and front_doors.exists()


def names_another(text: str, *businesses: UUID) -> bool:
    """Whether a text names another business than these, by a listing's code or by the business's public address."""
    if any(listing.business_id not in businesses for listing in listings_in(text)):
        return True
    address = re.compile(rf"([\w-]+)(?:\+\w+)?@{re.escape(reply_domain())}", re.IGNORECASE)
    slugs = {slug.lower() for slug in address.findall(text)}
    others = Business.objects.filter(slug__in=slugs).exclude(pk__in=businesses)
    return bool(slugs) and others.exists()
