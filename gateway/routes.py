"""What passes between our number and their address, and for which conversation."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from channels_out.models import Delivery, Sender
from gateway.addresses import normalize
from gateway.links import QUESTION_LINK_LIFE
from gateway.models import Business, CustomerMessage, HeldItem, Pair, Route


def lock_pair(sender: Sender, address: str) -> None:
    """Serialises everything that is filed or sent between our number and their address.

    One statement, whether the pair is new or known: an update to what it is locks its row as well.
    """
    Pair.objects.bulk_create(
        [Pair(sender=sender, normalized=normalize(sender.channel, address))],
        update_conflicts=True,
        unique_fields=["sender", "normalized"],
        update_fields=["normalized"],
    )


def lane_of(pk: uuid.UUID, address: str) -> str:
    """What stays in order: all that goes from one side to one address, which may be longer than the column."""
    return f"{pk}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def routes_between(sender: Sender, address: str) -> list[Route]:
    """The routes of a pair, the most recently used first; also those of conversations in the trash."""
    routes = Route.objects.filter(sender=sender, normalized=normalize(sender.channel, address))
    return sorted(routes, key=last_used, reverse=True)


def routes_of_writer(sender: Sender, business: Business | None, address: str) -> list[Route]:
    """The routes of a pair and those of this address with the business, each with its conversation.

    In one query, the most recently used first; also those of conversations in the trash.
    """
    here = Q(sender=sender) if business is None else Q(sender=sender) | Q(business=business)
    routes = Route.objects.filter(here, normalized=normalize(sender.channel, address))
    return sorted(routes.select_related("message"), key=last_used, reverse=True)


def awake(routes: list[Route], since: datetime) -> list[Route]:
    """Those on which something passed since the number's holder is surely the same."""
    return [route for route in routes if last_used(route) >= since]


def conversation_about(listing: Any, routes: list[Route]) -> CustomerMessage | None:
    """The open conversation about a listing among those of these routes, the first one's."""
    about = (route.message for route in routes if route.message.listing_id == listing.pk)
    return next((message for message in about if message.is_open), None)


def last_used(route: Route) -> datetime:
    """When something last passed on it, in either direction."""
    return max(
        filter(None, (route.last_inbound_at, route.last_outbound_at)), default=route.created_at
    )


def waiting_on(senders: QuerySet[Sender] | list[Sender], address: str) -> QuerySet[HeldItem]:
    """What this address wrote to these numbers and nobody has said the business of: he may mean any.

    Not what is older than the link lives by which he can say it.
    """
    return HeldItem.objects.filter(
        question__sender__in=senders,
        question__normalized=address,
        question__settled_at=None,
        settlement="",
        created_at__gte=timezone.now() - QUESTION_LINK_LIFE,
    )


def went_out_between(sender: Sender, routes: list[Route], since: datetime, until: datetime) -> bool:
    """Whether a provider took something for these then: what was written before may have waited for it."""
    messages = [route.message_id for route in routes]
    ours = Delivery.objects.filter(dispatch__message__in=messages, sender=sender)
    return ours.filter(sent_at__range=(since, until)).exists()


def first_inbound(message: CustomerMessage, sender: Sender, address: str, at: datetime) -> None:
    """Notes that the customer opened this conversation on this pair; in the transaction that made it."""
    if normalize(sender.channel, address):
        Route.objects.create(
            **_key(message, sender, address), **_named(message, address), last_inbound_at=at
        )


def passed_inbound(message: CustomerMessage, sender: Sender, address: str, at: datetime) -> None:
    """Notes that the customer wrote on this pair for this conversation."""
    _touch(message, sender, address, "last_inbound_at", at)


def passed_outbound(message: CustomerMessage, sender: Sender, address: str, at: datetime) -> None:
    """Notes that we wrote on this pair for this conversation."""
    _touch(message, sender, address, "last_outbound_at", at)


def _touch(
    message: CustomerMessage, sender: Sender, address: str, column: str, at: datetime
) -> None:
    if not normalize(sender.channel, address):
        return  # what names no writer must never find the next that names none
    key = _key(message, sender, address)
    # What came late moves nothing back.
    latest = {column: Greatest(Coalesce(column, Value(at)), Value(at))}
    known = Route.objects.filter(**key)
    if known.update(**latest):
        return
    _, is_new = known.get_or_create(**key, defaults=_named(message, address) | {column: at})
    if not is_new:
        known.update(**latest)


def _key(message: CustomerMessage, sender: Sender, address: str) -> dict[str, Any]:
    normalized = normalize(sender.channel, address)
    return {"sender": sender, "normalized": normalized, "message": message}


def _named(message: CustomerMessage, address: str) -> dict[str, Any]:
    return {"address": address, "business_id": message.business_id}
