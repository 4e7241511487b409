"""Whether this machine's clock can be gone by: leases, windows and due times all do.

Two workers with different times would take each other's leases for over, and send twice what may go out
once. So a worker rests whose clock differs from the database's, or has just been set; the others go on.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection

from channels_out.outbox.claim import LEASE

# Seconds. A lease has 45 left when its last send may begin, which takes up to 20: two clocks may differ by this.
MOST = 10.0
# Whoever held a lease when the clock was set has used it or lost it by then.
REST = LEASE.total_seconds()
EVERY = 5.0  # seconds between two looks at the database's clock
log = logging.getLogger(__name__)


@dataclass
class Clock:
    """What this process knows of its machine's clock; times in seconds."""

    _offset: float | None = None
    _rest_until: float = 0.0
    _asked_at: float | None = None
    _off: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_right(self) -> bool:
        """Whether work may be done by it. Raises DatabaseError."""
        with self._lock:
            ticks = _ticks()
            self._notice_step(ticks)
            if self._asked_at is None or ticks >= self._asked_at + EVERY:
                self._compare()
                self._asked_at = ticks
            return self._off <= MOST and ticks >= self._rest_until

    def _notice_step(self, ticks: float) -> None:
        offset = time.time() - ticks
        step = 0.0 if self._offset is None else offset - self._offset
        self._offset = offset
        if abs(step) > MOST:
            self._rest_until = ticks + REST
            log.error("The clock was set by %+.0f s: this worker rests for %.0f s", step, REST)

    def _compare(self) -> None:
        before, self._off = self._off, seconds_off()
        if self._off > MOST >= before:
            log.error("The clock is %.0f s off the database's: this worker rests", self._off)


def seconds_off() -> float:
    """By how much this machine's clock differs from the database's at least. Raises DatabaseError.

    SQLite goes by this machine's own.
    """
    if connection.vendor != "postgresql":
        return 0.0
    before = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    after = datetime.now(UTC)
    ahead, behind = before - theirs, theirs - after
    return float(max(ahead.total_seconds(), behind.total_seconds(), 0.0))


def _ticks() -> float:
    """Of a clock that nobody sets, and that goes on while the machine sleeps: on macOS the monotonic one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


CLOCK = Clock()
