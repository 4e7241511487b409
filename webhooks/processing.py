"""What was journalled is understood: claim, take in, record, never two of them in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from channels_out.error_text import without_rows
from channels_out.outlast import outlast
from channels_out.plans import read_by_index
from gateway.worker import is_stopping
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
# A commit for each would cost more than the update; what waits for it is only the next of its lane.
SETTLED_TOGETHER = 10
# Ends of leases under which this process holds events for nothing, after an error.
_abandoned: set[datetime] = set()
# An event and the columns that say how it ended.
End = tuple[InboundEvent, dict[str, Any]]
log = logging.getLogger(__name__)


def process_due(limit: int = BATCH) -> int:
    """Works the oldest events that are due, in the order they came; returns how many.

    Whatever a worker does not finish within its lease is worked again: taking a message in twice
    gives the first answer.
    """
    _free_abandoned()
    worked = 0
    while worked < limit:
        now = timezone.now()
        try:
            finished = _process_batch(limit - worked, now)
        except Exception:
            _abandoned.add(now + LEASE)
            raise
        worked += finished
        if not finished or is_stopping():
            break
    return worked


def _process_batch(limit: int, now: datetime) -> int:
    """Claims a batch and works it, as far as there is time; how many it were."""
    claimed = claim(limit, now)
    finished = _work(claimed) if claimed else 0
    if finished < len(claimed):
        _give_back(claimed[finished:], now + LEASE)
    return finished


def _free_abandoned() -> None:
    """Frees what an error left in this process's hands: a claim whose answer got lost, a batch that broke off."""
    for lease in list(_abandoned):
        InboundEvent.objects.filter(lease_until=lease).update(lease_until=None)
        _abandoned.discard(lease)


def _work(claimed: list[InboundEvent]) -> int:
    """Works these until the lease runs out, or this worker is told to end; how many it were.

    How they ended is recorded for some at once. A worker that dies before leaves them to the next one,
    which gets the first answer for those that were taken in.
    """
    ends: list[End] = []
    worked = 0
    for event in claimed:
        if is_stopping() or event.lease_until is None or event.lease_until <= timezone.now():
            break
        if len(ends) == SETTLED_TOGETHER:
            _settle(ends)
            ends = []
        with bound_contextvars(event_id=str(event.id)):
            ends.append(_end_of(event))
        worked += 1
    _settle(ends)
    return worked


def give_up_leases() -> int:
    """Frees every claimed event, where it is certain that no other worker lives; how many."""
    return (
        InboundEvent.objects.filter(lease_until__isnull=False)
        .exclude(state=EventState.DONE)
        .update(lease_until=None)
    )


def _give_back(events: list[InboundEvent], lease: datetime) -> None:
    """Frees what was claimed and not begun, as if it had not been claimed."""
    mine = InboundEvent.objects.filter(id__in=[event.id for event in events], lease_until=lease)
    mine.update(lease_until=None, attempts=F("attempts") - 1)


@transaction.atomic
def claim(limit: int, now: datetime) -> list[InboundEvent]:
    """Takes due events into this worker's hands until LEASE has passed, of each lane the first alone.

    What was tried before is taken alone: it may have killed a worker, and what was in its hands besides
    must not be held to have done so.
    """
    read_by_index()
    free = InboundEvent.objects.due(now).first_in_lane().order_by("received_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True)
    ids = _fresh_or_alone(list(free.values_list("id", "attempts")[:limit]))
    if not ids:
        return []
    lease = now + LEASE
    mine = InboundEvent.objects.due(now).filter(id__in=ids)
    mine.update(lease_until=lease, attempts=F("attempts") + 1)
    return received_order(InboundEvent.objects.filter(id__in=ids, lease_until=lease))


def _fresh_or_alone(found: list[tuple[UUID, int]]) -> list[UUID]:
    fresh = [pk for pk, _ in takewhile(lambda each: not each[1], found)]
    return fresh or [pk for pk, _ in found[:1]]


def process(event: InboundEvent) -> None:
    """Takes one claimed event in and records how it ended; an error becomes a state to be retried."""
    _settle([_end_of(event)])


def _end_of(event: InboundEvent) -> End:
    if event.attempts > TRIES:
        return _failed(event, ChildProcessError("The worker died over it each time."))
    try:
        return _done(event, outlast(partial(TAKE_IN[event.kind], event)))
    except Exception as error:
        log.exception("Event %s (%s) failed, try %s", event.id, event.kind, event.attempts)
        return _failed(event, error)


def _done(event: InboundEvent, ended: Ended) -> End:
    return event, {
        "state": EventState.DONE,
        "due_at": None,
        "outcome": ended.outcome,
        "detail": clean(ended.detail)[:LONGEST_DETAIL],
        "processed_at": timezone.now(),
        "message": ended.message,
        "reply": ended.reply,
        "held": ended.held,
    }


def _failed(event: InboundEvent, error: Exception) -> End:
    pause = min(FIRST_PAUSE * 2 ** (event.attempts - 1), LONGEST_PAUSE)
    return event, {
        "state": EventState.FAILED,
        "due_at": timezone.now() + pause if event.attempts < TRIES else None,
        "outcome": Outcome.FAILED,
        "detail": clean(without_rows(f"{type(error).__name__}: {error}"))[:LONGEST_DETAIL],
    }


def _settle(ends: list[End]) -> None:
    for event, outcome in outlast(partial(_write, ends)):
        count_ended(event, outcome)


@transaction.atomic
def _write(ends: list[End]) -> list[tuple[InboundEvent, Outcome]]:
    """One commit; each where the lease has not run out and the event is in no other hands. Those where it was so."""
    written = []
    for event, changes in sorted(ends, key=lambda end: end[0].id):
        held = InboundEvent.objects.filter(id=event.id, lease_until=event.lease_until)
        if held.update(lease_until=None, **changes):
            written.append((event, changes["outcome"]))
    return written
