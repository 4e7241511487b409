"""What passes between our number and their address, and for which conversation."""

from __future__ import annotations

from datetime import datetime

from channels_out.models import Sender
from gateway.addresses import normalize
from gateway.models import CustomerMessage, Pair, Route


def lock_pair(sender: Sender, address: str) -> None:
    """Serialises everything that is filed or sent between our number and their address."""
    Pair.objects.select_for_update().get_or_create(
        sender=sender, normalized=normalize(sender.channel, address)
    )


def routes_between(sender: Sender, address: str) -> list[Route]:
    """The routes of a pair, the most recently used first; also those of conversations in the trash."""
    routes = Route.objects.filter(sender=sender, normalized=normalize(sender.channel, address))
    both = routes.select_related("message", "business")
    return sorted(both, key=last_used, reverse=True)


def last_used(route: Route) -> datetime:
    """When something last passed on it, in either direction."""
    return max(
        filter(None, (route.last_inbound_at, route.last_outbound_at)), default=route.created_at
    )


def passed_inbound(message: CustomerMessage, sender: Sender, address: str, at: datetime) -> None:
    """Notes that the customer wrote on this pair for this conversation."""
    _touch(message, sender, address, last_inbound_at=at)


def passed_outbound(message: CustomerMessage, sender: Sender, address: str, at: datetime) -> None:
    """Notes that we wrote on this pair for this conversation."""
    _touch(message, sender, address, last_outbound_at=at)


def _touch(message: CustomerMessage, sender: Sender, address: str, **times: datetime) -> None:
    if not normalize(sender.channel, address):
        return  # what names no writer must never find the next that names none
    route, is_new = Route.objects.get_or_create(
        sender=sender,
        normalized=normalize(sender.channel, address),
        message=message,
        defaults={"address": address, "business_id": message.business_id, **times},
    )
    ((column, at),) = times.items()
    if not is_new and (getattr(route, column) or at) <= at:  # what came late moves nothing back
        Route.objects.filter(pk=route.pk).update(**times)
