"""The work that waits in the database: functions that claim a batch, work it and say how much they did.

The embedded loop calls them; another driver calls the very same functions.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import close_old_connections, connections

Drain = Callable[[], int]
DRAINS: dict[str, Drain] = {}
RECOVERIES: list[Drain] = []
# Short against the two seconds in which a message must appear, long against an idle query of 50 µs.
IDLE_SECONDS = 0.15
log = logging.getLogger(__name__)


@dataclass
class Stop:
    """Whether the loop shall end. A plain flag: a signal handler must wait for no lock of those it interrupts."""

    asked: bool = False


def register(name: str, drain: Drain, recover: Drain | None = None) -> None:
    """Adds a function that works what is due and returns how much it did; called from AppConfig.ready.

    `recover` takes back what a dead worker had claimed, instead of waiting until its lease ends.
    """
    DRAINS[name] = drain
    if recover is not None:
        RECOVERIES.append(recover)


def recover() -> int:
    """Takes back everything that is claimed; only where no other worker lives. How much it was."""
    return sum(take_back() for take_back in RECOVERIES)


def drain_all() -> int:
    """Works one batch of everything that is due, one drain after the other; how much was done."""
    return sum(drain() for drain in DRAINS.values())


def run(stop: Stop) -> None:
    """Drains until `stop` is asked: a thread for each drain, so that a slow provider holds up no inbound message.

    The calling thread only sleeps, shortly: Python runs signal handlers in the main thread, once it wakes.
    """
    threads = [
        threading.Thread(target=_run, args=(name, drain, stop), name=name)
        for name, drain in DRAINS.items()
    ]
    for thread in threads:
        thread.start()
    while not stop.asked:
        time.sleep(IDLE_SECONDS)
    for thread in threads:
        thread.join()


def _run(name: str, drain: Drain, stop: Stop) -> None:
    while not stop.asked:
        if not _attempt(name, drain):
            time.sleep(IDLE_SECONDS)
    connections.close_all()


def _attempt(name: str, drain: Drain) -> int:
    close_old_connections()
    try:
        return drain()
    except Exception:
        log.exception("The drain %r failed and is tried again", name)
        return 0
