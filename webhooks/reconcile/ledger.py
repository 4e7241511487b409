"""The ledger of a day (UTC): what was taken in and sent, what became of it, and what does not balance."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.state import UNFINISHED, State
from webhooks.models import EventState, InboundEvent, Kind, LedgerDay, Round
from webhooks.outcome import Outcome
from webhooks.reconcile.rounds import advance, ledger_day, ledger_due

A_DAY = timedelta(days=1)
# The days of the last week are written again each night, as messages of theirs may have been recovered
# since, and every hour while they do not balance: what was open may have come to an end.
AGAIN = timedelta(hours=1)
LOOKED_AT = 7  # days
WAITING, GIVEN_UP = "waiting", "given_up"
FILED = (Outcome.FILED, Outcome.RELAYED)

Counts = dict[str, dict[str, int]]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Day:
    """What one day came to: requests by kind and how they ended, deliveries by channel and state.

    `recovered` says how many of each kind we had to ask for, `lost` how many should have become something
    that is not there.
    """

    events: Counts
    recovered: dict[str, int]
    lost: dict[str, int]
    deliveries: Counts

    def differences(self) -> list[str]:
        """What does not balance, each as a sentence."""
        return [*self._of_events(), *self._of_deliveries()]

    def _of_events(self) -> Iterator[str]:
        for kind, ends in self.events.items():
            what = f"“{Kind(kind).label}”"
            if waiting := ends.get(WAITING):
                yield f"{waiting} of {what} taken in, and not yet filed, held or refused."
            if tried := ends.get(Outcome.FAILED):
                yield f"{tried} of {what} taken in, failed, and tried again."
            if given_up := ends.get(GIVEN_UP):
                yield f"{given_up} of {what} taken in and failed for good: see them in the journal."
            if lost := self.lost.get(kind):
                yield f"{lost} of {what} filed or held, and no longer there."

    def _of_deliveries(self) -> Iterator[str]:
        for channel, states in self.deliveries.items():
            for state in UNFINISHED:
                if count := states.get(state):
                    state_now = State(state).label.lower()
                    yield f"{count} to send by {Channel(channel).label}, still open: {state_now}."


def day_of(day: date) -> Day:
    """Counts a day by indexes that hold its time: when a request came, and the ids of deliveries."""
    start = datetime.combine(day, time(), tzinfo=UTC)
    events: Counts = {}
    recovered: dict[str, int] = {}
    lost: dict[str, int] = {}
    for row in _events(start):
        kind = row["kind"]
        ends = events.setdefault(kind, {})
        for end, count in _ends(row):
            ends[end] = ends.get(end, 0) + count
        recovered[kind] = recovered.get(kind, 0) + row["recovered"]
        lost[kind] = lost.get(kind, 0) + row["lost"]
    return Day(events, recovered, lost, _deliveries(start))


def write(day: date) -> LedgerDay:
    """Writes a day down, anew where it was written before, and says in the log what does not balance."""
    found = day_of(day)
    differences = found.differences()
    counts = {
        "events": found.events,
        "recovered": found.recovered,
        "deliveries": found.deliveries,
    }
    written, _ = LedgerDay.objects.update_or_create(
        day=day,
        defaults={
            "counts": counts,
            "differences": differences,
            "written_at": timezone.now(),
        },
    )
    if differences:
        log.warning("The ledger of %s does not balance: %s", day, " ".join(differences))
    else:
        log.info("The ledger of %s balances", day)
    return written


def write_due(clock: Round, now: datetime) -> None:
    """Writes the days that are over since the last time, then those of the week; else what did not balance."""
    today = ledger_day(now)
    last = max(ledger_day(clock.reached), today - LOOKED_AT * A_DAY)
    over = {last + number * A_DAY for number in range((today - last).days)}
    again = _lately(now) if over else unbalanced(now)
    for day in sorted(over | {each.day for each in again}):
        write(day)
    due_at = ledger_due(now)
    advance(clock, now, min(due_at, now + AGAIN) if unbalanced(now) else due_at)


def unbalanced(now: datetime) -> list[LedgerDay]:
    """The days of the last week that did not balance, the newest first."""
    return [each for each in _lately(now) if each.differences]


def _lately(now: datetime) -> list[LedgerDay]:
    today = ledger_day(now)
    return list(LedgerDay.objects.filter(day__gte=today - LOOKED_AT * A_DAY, day__lt=today))


def _events(start: datetime) -> Iterator[dict[str, Any]]:
    nowhere = Q(message=None, reply=None, held=None)
    became_something = Q(state=EventState.DONE, outcome__in=(*FILED, Outcome.HELD))
    of_day = InboundEvent.objects.filter(received_at__gte=start, received_at__lt=start + A_DAY)
    counted = of_day.order_by().values("kind", "state", "outcome")
    for row in counted.annotate(
        count=Count("pk"),
        recovered=Count("recovered_at"),
        tried=Count("due_at"),
        lost=Count("pk", filter=became_something & nowhere),
    ):
        yield dict(row)


def _ends(row: dict[str, Any]) -> list[tuple[str, int]]:
    if row["state"] == EventState.DUE:
        return [(WAITING, row["count"])]
    if row["state"] == EventState.FAILED:
        return [(Outcome.FAILED.value, row["tried"]), (GIVEN_UP, row["count"] - row["tried"])]
    return [(row["outcome"], row["count"])]


def _deliveries(start: datetime) -> Counts:
    of_day = Delivery.objects.filter(pk__gte=_first_id(start), pk__lt=_first_id(start + A_DAY))
    counted = of_day.order_by().values_list("channel", "state").annotate(Count("pk"))
    deliveries: Counts = {}
    for channel, state, count in counted:
        deliveries.setdefault(channel, {})[state] = count
    return deliveries


def _first_id(at: datetime) -> UUID:
    """The smallest id that is made at this time: one of version 7 begins with milliseconds (RFC 9562 section 5.7)."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
