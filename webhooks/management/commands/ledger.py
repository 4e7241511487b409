"""Prints what a day came to, and what does not balance."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.state import ARRIVED, UNFINISHED, State
from webhooks.models import Kind, LedgerDay
from webhooks.outcome import Outcome
from webhooks.reconcile.ledger import FILED, GIVEN_UP, WAITING, write

# A column and the ends that are counted in it; what none names is "other".
TAKEN_IN = {
    "filed": FILED,
    "recorded": (Outcome.STATUS_RECORDED,),
    "held": (Outcome.HELD,),
    "automatic": (Outcome.AUTOMATIC,),
    "spam": (Outcome.SPAM,),
    "refused": (Outcome.REFUSED,),
    "failed": (Outcome.FAILED, GIVEN_UP),
    "waiting": (WAITING,),
}
SENT = {
    "sent": ARRIVED,
    "delivered": (State.DELIVERED, State.READ),
    "failed": (State.FAILED,),
    "cancelled": (State.CANCELLED,),
    "open": UNFINISHED,
}
WIDTH = 32  # characters of the first column
COLUMN = 11


class Command(BaseCommand):
    help = (
        "Counts a day (UTC), writes it down, and prints what was taken in and sent, what became of it, and "
        "what does not balance."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--day", type=date.fromisoformat, help="YYYY-MM-DD; by default yesterday."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        yesterday = timezone.now().astimezone(UTC).date() - timedelta(days=1)
        written = write(options["day"] or yesterday)
        self.stdout.write("\n".join(_lines(written)))


def _lines(ledger: LedgerDay) -> Iterator[str]:
    yield f"{ledger.day} (UTC)"
    yield ""
    yield _line("taken in", ["accepted", "recovered", *TAKEN_IN, "other"])
    for kind, ends in ledger.counts["events"].items():
        accepted, recovered = sum(ends.values()), ledger.counts["recovered"][kind]
        parts = [sum(ends.get(end, 0) for end in of_column) for of_column in TAKEN_IN.values()]
        yield _line(str(Kind(kind).label), [accepted, recovered, *parts, accepted - sum(parts)])
    yield ""
    yield _line("sent", ["accepted", *SENT])
    for channel, states in ledger.counts["deliveries"].items():
        parts = [sum(states.get(state, 0) for state in of_column) for of_column in SENT.values()]
        yield _line(str(Channel(channel).label), [sum(states.values()), *parts])
    yield ""
    yield from ledger.differences or ["It balances."]


def _line(name: str, cells: list[Any]) -> str:
    return f"{name:{WIDTH}}{''.join(f'{cell:>{COLUMN}}' for cell in cells)}"
