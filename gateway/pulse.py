"""The clock's beat: a row that is written through the whole path by which the clock brings work about.

With a broker the clock process sends it, the broker carries it and a worker writes it; the embedded worker
writes it itself. So a row that grows old says that something on that path stands still. The clock reads EVERY
before Django is set up, so the table is imported late.
"""

from __future__ import annotations

import time
from datetime import datetime

from django.utils import timezone

EVERY = 15.0  # seconds
CLOCK = "clock"


def beat() -> None:
    """Writes down that the clock goes: one statement, on one row."""
    from gateway.models import Pulse

    now = Pulse(name=CLOCK, at=timezone.now())
    Pulse.objects.bulk_create(
        [now], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
    )


def last_beat() -> datetime | None:
    """When it last went; None where it never did."""
    from gateway.models import Pulse

    return Pulse.objects.filter(name=CLOCK).values_list("at", flat=True).first()


class Beats:
    """The beats of a worker that is its own clock, as a kind of work of its loop."""

    def __init__(self) -> None:
        self._next = time.monotonic()

    def beat_when_due(self) -> int:
        """Beats once EVERY has passed; always 0: it leaves nothing to be looked for again."""
        if time.monotonic() >= self._next:
            beat()
            self._next = time.monotonic() + EVERY
        return 0
