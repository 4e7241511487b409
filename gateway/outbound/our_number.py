"""By which number of ours a business writes to a customer's phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Max, Q

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.addresses import country_of
from gateway.models import ContactAddress, CustomerMessage, DedicatedSender, Route
from gateway.routes import last_used, waiting_on
from gateway.telling.texts import told_on

NEVER = datetime.min.replace(tzinfo=UTC)


def sender_for(
    message: CustomerMessage, channel: Channel, address: ContactAddress
) -> tuple[Sender | None, datetime | None]:
    """The number of ours to write from, and when the customer last wrote to it for this business."""
    routes = Route.objects.filter(
        Q(sender__dedication=None) | Q(sender__dedication__business=message.business_id),
        business=message.business_id,
        sender__channel=channel,
        sender__is_active=True,
        normalized=address.normalized,
    ).select_related("sender")
    talking = (route for route in routes if not route.sender.is_front_door)
    newest = sorted(talking, key=lambda route: (route.message_id == message.pk, _used(route)))
    sender = newest[-1].sender if newest else _fresh_sender(message, channel, address)
    inbound = [
        route.last_inbound_at
        for route in newest
        if route.sender == sender and route.last_inbound_at
    ]
    return sender, max(inbound, default=None)


def _fresh_sender(
    message: CustomerMessage, channel: Channel, address: ContactAddress
) -> Sender | None:
    """The business's own number, else one of the shared ones, of which the customer's country comes first.

    None that is a front door, unless all are. One that nobody else uses with this customer, so that what he
    writes there can only mean this business. Only where there is none left, the one that others used
    longest ago with him.
    """
    senders = Sender.objects.filter(channel=channel, is_active=True)
    own = DedicatedSender.objects.filter(business=message.business_id)
    dedicated = senders.filter(dedication__in=own).order_by("created_at").first()
    if dedicated is not None:
        return dedicated
    pool = list(senders.filter(is_shared=True, dedication=None).order_by("created_at"))
    shared = [each for each in pool if not each.is_front_door] or pool
    used: dict[UUID, datetime] = {}
    for sender_id, at in _used_by_others(shared, address.normalized, message.business_id):
        used[sender_id] = max(at, used.get(sender_id, NEVER))
    country = country_of(address.normalized)
    return min(
        shared,
        key=lambda each: (
            used.get(each.pk, NEVER),
            each.country.upper() != country,
            not each.can_mms,
        ),
        default=None,
    )


def _used_by_others(
    senders: list[Sender], phone: str, business_id: UUID
) -> Iterator[tuple[UUID, datetime]]:
    """When another business last dealt with this phone on one of these, or it was told of a customer there
    as a member's, or wrote there what waits for the name of a business.
    """
    routes = Route.objects.filter(normalized=phone, sender__in=senders)
    for route in routes.exclude(business=business_id):
        yield route.sender_id, last_used(route)
    told = told_on(phone).filter(delivery__sender__in=senders)
    yield from told.values_list("delivery__sender").annotate(Max("created_at"))
    waiting = waiting_on(senders, phone)
    yield from waiting.values_list("question__sender").annotate(Max("created_at"))


def _used(route: Route) -> datetime:
    return route.last_inbound_at or route.last_outbound_at or route.created_at
