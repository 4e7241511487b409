"""What waits in the outbox, for whoever watches it. Bounded: no question looks at more rows than it says."""

from collections import Counter
from datetime import datetime

from django.db.models import QuerySet

from channels_out.adapters.registry import ADAPTERS
from channels_out.models import Circuit, Delivery, Sender
from channels_out.outbox.queue import due
from channels_out.state import State

# How many of the oldest are looked at; where none of them is late, the workers are at work.
OLDEST = 100
# Beyond this it is "many", and counting on would cost the database more than it tells.
MANY = 10_000

Counts = dict[tuple[str, ...], int]


def oldest_due(now: datetime) -> datetime | None:
    """Since when the oldest delivery waits that a worker could send at once; None where there is none.

    What waits for its sender's pace, for a paused sender, for a provider that does not answer or for an
    earlier one of its lane waits for no worker, so it counts from the moment at which its sender was free.
    """
    waiting = due(now, now).values_list("due_at", "sender__next_at")[:OLDEST]
    return min((max(filter(None, pair)) for pair in waiting), default=None)


def count_due(now: datetime) -> Counts:
    """How many deliveries are due, by (channel), whatever they wait for; at most MANY in all."""
    rows = Delivery.objects.filter(state=State.QUEUED, due_at__lte=now).order_by("due_at")
    found = Counter(rows.values_list("channel", flat=True)[:MANY])
    return {(channel,): found[channel] for channel in ADAPTERS}


def count_in_doubt() -> Counts:
    """How many deliveries are in doubt, by (channel, "provider" or "person" who must say); at most MANY of each."""
    return {
        (channel, who): number
        for who, nobody_to_ask in (("provider", False), ("person", True))
        for channel, number in _in_doubt(nobody_to_ask).items()
    }


def count_paused() -> Counts:
    """How many senders are paused because their credentials were refused, by (channel)."""
    paused = Sender.objects.filter(paused_at__isnull=False, is_active=True)
    found = Counter(paused.order_by().values_list("channel", flat=True))
    return {(channel,): found[channel] for channel in ADAPTERS}


def count_silent() -> Counts:
    """How many accounts' providers do not answer, by (channel)."""
    found = Counter(silent().values_list("channel", flat=True))
    return {(channel,): found[channel] for channel in ADAPTERS}


def silent() -> QuerySet[Circuit]:
    """Those providers that do not answer, the longest silent first."""
    return Circuit.objects.filter(opened_at__isnull=False).order_by("opened_at", "pk")


def _in_doubt(nobody_to_ask: bool) -> dict[str, int]:
    doubts = Delivery.objects.filter(state=State.IN_DOUBT, due_at__isnull=nobody_to_ask)
    found = Counter(doubts.order_by("due_at").values_list("channel", flat=True)[:MANY])
    return {channel: found[channel] for channel in ADAPTERS}
