"""What was journalled is understood: claim, take in, record, never two of them in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from webhooks.esp import events, mime
from webhooks.metrics import count_ended
from webhooks.models import EventState, InboundEvent, Kind, received_order
from webhooks.outcome import Ended, Outcome
from webhooks.text import clean
from webhooks.twilio import inbound, status

# Longer than the slowest mail; a killed worker's batch waits as long before another takes it.
LEASE = timedelta(minutes=5)
BATCH = 50
# 30 s, 1, 2, 4 ... minutes, at most an hour apart: about four hours until a person has to look.
TRIES = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_DETAIL = 4_000  # characters

TAKE_IN: dict[str, Callable[[InboundEvent], Ended]] = {
    Kind.TWILIO_INBOUND: inbound.take_in,
    Kind.TWILIO_STATUS: status.take_in,
    Kind.EMAIL_INBOUND: events.take_in,
    Kind.EMAIL_TRACKING: events.take_in,
    Kind.EMAIL_MIME: mime.take_in,
}
log = logging.getLogger(__name__)


def process_due(limit: int = BATCH) -> int:
    """Works the oldest events that are due, in the order they came; returns how many.

    Whatever a worker does not finish within its lease is worked again: taking a message in twice
    gives the first answer.
    """
    worked = 0
    while worked < limit and (claimed := claim(limit - worked, timezone.now())):
        finished = _work(claimed)
        worked += finished
        if finished < len(claimed):
            break
    return worked


def _work(claimed: list[InboundEvent]) -> int:
    """Works these until the lease runs out; how many it were."""
    worked = 0
    for event in claimed:
        if event.lease_until is None or event.lease_until <= timezone.now():
            break
        with bound_contextvars(event_id=str(event.id)):
            process(event)
        worked += 1
    return worked


def give_up_leases() -> int:
    """Frees every claimed event, where it is certain that no other worker lives; how many."""
    return (
        InboundEvent.objects.filter(lease_until__isnull=False)
        .exclude(state=EventState.DONE)
        .update(lease_until=None)
    )


@transaction.atomic
def claim(limit: int, now: datetime) -> list[InboundEvent]:
    """Takes due events into this worker's hands until LEASE has passed, of each lane the first alone."""
    free = InboundEvent.objects.due(now).first_in_lane().order_by("received_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True)
    ids = list(free.values_list("id", flat=True)[:limit])
    if not ids:
        return []
    lease = now + LEASE
    mine = InboundEvent.objects.due(now).filter(id__in=ids)
    mine.update(lease_until=lease, attempts=F("attempts") + 1)
    return received_order(InboundEvent.objects.filter(id__in=ids, lease_until=lease))


def process(event: InboundEvent) -> None:
    """Takes one claimed event in and records how it ended; an error becomes a state to be retried."""
    if event.attempts > TRIES:
        _record_failure(event, ChildProcessError("The worker died over it each time."))
        return
    try:
        ended = TAKE_IN[event.kind](event)
    except Exception as error:
        log.exception("Event %s (%s) failed, try %s", event.id, event.kind, event.attempts)
        _record_failure(event, error)
    else:
        _record(event, ended)


def _record(event: InboundEvent, ended: Ended) -> None:
    _settle(
        event,
        state=EventState.DONE,
        due_at=None,
        outcome=ended.outcome,
        detail=clean(ended.detail)[:LONGEST_DETAIL],
        processed_at=timezone.now(),
        message=ended.message,
        reply=ended.reply,
        held=ended.held,
    )


def _record_failure(event: InboundEvent, error: Exception) -> None:
    pause = min(FIRST_PAUSE * 2 ** (event.attempts - 1), LONGEST_PAUSE)
    _settle(
        event,
        state=EventState.FAILED,
        due_at=timezone.now() + pause if event.attempts < TRIES else None,
        outcome=Outcome.FAILED,
        detail=clean(f"{type(error).__name__}: {error}")[:LONGEST_DETAIL],
    )


def _settle(event: InboundEvent, *, outcome: Outcome, **changes: object) -> None:
    """One update, unless the lease ran out and the event is in other hands."""
    held = InboundEvent.objects.filter(id=event.id, lease_until=event.lease_until)
    if held.update(lease_until=None, outcome=outcome, **changes):
        count_ended(event, outcome)
