"""What waits to be understood or fetched, for whoever watches it. Bounded: nothing is counted beyond MANY."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from gateway.models import Attachment, AttachmentState
from webhooks.models import InboundEvent, Kind, Round
from webhooks.outcome import Outcome

# Beyond this it is "many", and counting on would cost the database more than it tells.
MANY = 10_000

Counts = dict[tuple[str, ...], int]


def oldest_event(now: datetime) -> datetime | None:
    """Since when the oldest event waits that a worker could take at once; None where there is none.

    It is the first of what a worker would claim: free, due, and with nothing unfinished before it in its lane.
    """
    free = InboundEvent.objects.due(now).first_in_lane().order_by("due_at")
    return free.values_list("due_at", flat=True).first()


def oldest_media(now: datetime) -> datetime | None:
    """Since when the oldest file waits to be fetched; None where there is none. A claimed one is due later."""
    due = Attachment.objects.filter(state=AttachmentState.PENDING, due_at__lte=now)
    return due.order_by("due_at").values_list("due_at", flat=True).first()


def failing_since() -> datetime | None:
    """Since when an errand does not work, the longest; None where all do (`webhooks.reconcile`)."""
    failing = Round.objects.filter(failing_since__isnull=False).order_by("failing_since")
    return failing.values_list("failing_since", flat=True).first()


def count_events(now: datetime) -> Counts:
    """How many events are due, by (kind), whatever they wait for; at most MANY in all."""
    due = InboundEvent.objects.filter(due_at__lte=now).order_by("due_at")
    found = Counter(due.values_list("kind", flat=True)[:MANY])
    return {(kind.value,): found[kind.value] for kind in Kind}


def count_given_up() -> Counts:
    """How many events failed for good and wait for a person, by (kind); at most MANY of each."""
    failed = InboundEvent.objects.filter(outcome=Outcome.FAILED, due_at__isnull=True).order_by()
    return {(kind.value,): failed.filter(kind=kind)[:MANY].count() for kind in Kind}


def count_media(now: datetime) -> int:
    """How many files are due to be fetched; at most MANY."""
    due = Attachment.objects.filter(state=AttachmentState.PENDING, due_at__lte=now)
    return due.order_by()[:MANY].count()
