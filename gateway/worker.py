"""The work that waits in the database: functions that claim a batch, work it and say how much they did.

The embedded loop calls them in turn; another driver calls the very same functions.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections

Drain = Callable[[], int]
DRAINS: dict[str, Drain] = {}
# Short against the two seconds in which a message must appear, long against an idle query of 50 µs.
IDLE_SECONDS = 0.15
log = logging.getLogger(__name__)


def register(name: str, drain: Drain) -> None:
    """Adds a function that works what is due and returns how much it did; called from AppConfig.ready."""
    DRAINS[name] = drain


def drain_all() -> int:
    """Works one batch of everything that is due; one drain that fails does not keep the others."""
    return sum(_drain(name, drain) for name, drain in DRAINS.items())


def run(stop: threading.Event) -> None:
    """Drains until `stop` is set, resting only when nothing is due."""
    while not stop.is_set():
        if not drain_all():
            stop.wait(IDLE_SECONDS)


def _drain(name: str, drain: Drain) -> int:
    close_old_connections()
    try:
        return drain()
    except Exception:
        log.exception("The drain %r failed and is tried again", name)
        return 0
