"""What some time came to for a business, as numbers that can be added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Any

from django.utils.translation import gettext_noop

# Of the sentences why something failed, so many a day are told apart.
MOST_REASONS = 20
OTHER_REASONS = gettext_noop("Other reasons.")


@dataclass
class Counts:
    """Messages in and out by channel, minutes until first answers, and what became of what was sent.

    `deliveries` are by channel and state; `failures` by the sentence that says why; `minutes` says how
    many first answers took so long, to two digits: 43, 120, 1400.
    """

    received: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    minutes: Counter[int] = field(default_factory=Counter)
    deliveries: dict[str, Counter[str]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)

    def answered_after(self, wait: timedelta) -> None:
        """Counts a first answer that took so long."""
        self.minutes[rounded(wait)] += 1

    def stands(self, channel: str, state: str, how_many: int, reason: str = "") -> None:
        """Counts deliveries that stand so, and why they failed."""
        self.deliveries.setdefault(channel, Counter())[state] += how_many
        if reason:
            self.failures[reason] += how_many

    def add(self, other: Counts) -> None:
        """Adds those of another time."""
        self.received += other.received
        self.sent += other.sent
        self.minutes += other.minutes
        for channel, states in other.deliveries.items():
            self.deliveries.setdefault(channel, Counter()).update(states)
        self.failures += other.failures

    def as_json(self) -> dict[str, Any]:
        """To be kept; `from_json` reads it."""
        failures = dict(self.failures.most_common(MOST_REASONS))
        if others := self.failures.total() - sum(failures.values()):
            failures[OTHER_REASONS] = failures.get(OTHER_REASONS, 0) + others
        return {
            "received": self.received,
            "sent": self.sent,
            "minutes": {str(minutes): count for minutes, count in self.minutes.items()},
            "deliveries": self.deliveries,
            "failures": failures,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Counts:
        """What `as_json` kept."""
        return cls(
            Counter(kept["received"]),
            Counter(kept["sent"]),
            Counter({int(minutes): count for minutes, count in kept["minutes"].items()}),
            {channel: Counter(states) for channel, states in kept["deliveries"].items()},
            Counter(kept["failures"]),
        )


def rounded(wait: timedelta) -> int:
    """A time in minutes, to two digits: as exact as anybody reads it, and few different ones."""
    return int(float(f"{max(0.0, wait.total_seconds()) / 60:.2g}"))


def percentile(minutes: Counter[int], share: float) -> int | None:
    """The time within which this share of them lie, by the nearest rank; None where there are none."""
    rank = ceil(share * minutes.total())
    for minute, count in sorted(minutes.items()):
        rank -= count
        if rank <= 0:
            return minute
    return None
