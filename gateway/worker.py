"""The work that waits in the database: functions that claim a batch, work it and say how much they did.

`run` looks for it by the clock, a wake-up over the broker (`gateway.tasks`) at once; both call `drain`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import close_old_connections, connections

from gateway import metrics
from gateway.clock import CLOCK

Drain = Callable[[], int]
# Short against the two seconds in which a message must appear, long against an idle query of 50 µs.
IDLE_SECONDS = 0.15
log = logging.getLogger(__name__)


@dataclass
class Stop:
    """Whether the loop shall end. A plain flag: a signal handler must wait for no lock of those it interrupts."""

    asked: bool = False


_NOBODY = Stop()
_stop: ContextVar[Stop] = ContextVar("stop", default=_NOBODY)


def is_stopping() -> bool:
    """Whether the worker of this thread is told to end: a batch then gives back what it has not begun."""
    return _stop.get().asked


def goes_on() -> bool:
    """Whether a batch that takes long may begin more: its worker is not told to end, and its clock can be gone by.

    Always outside a worker. Raises DatabaseError.
    """
    stop = _stop.get()
    return stop is _NOBODY or (not stop.asked and CLOCK.is_right())


@dataclass
class Work:
    """One kind of work. One thread of a process is at it at a time; whoever comes meanwhile makes it look again.

    `every` is how many seconds lie at least between two looks by the clock.
    """

    name: str
    batch: Drain
    take_back: Drain | None = None
    every: float = 0.0
    _busy: threading.Lock = field(default_factory=threading.Lock)
    _look: bool = False

    def drain(self, stop: Stop) -> int:
        """Works batches until nothing is due; how much was done."""
        done = 0
        self._look = True
        # What another asked for after our last look is ours to do, unless he found the lock free himself.
        while self._look and not stop.asked and self._busy.acquire(blocking=False):
            try:
                self._look = False
                done += self._drain(stop)
            finally:
                self._busy.release()
        return done

    def _drain(self, stop: Stop) -> int:
        done = 0
        before = _stop.set(stop)
        try:
            while not stop.asked and (worked := self._attempt()):
                done += worked
        finally:
            _stop.reset(before)
        return done

    def _attempt(self) -> int:
        close_old_connections()
        began = time.monotonic()
        try:
            done = self.batch() if CLOCK.is_right() else 0
        except Exception:
            log.exception("The drain %r failed and is tried again", self.name)
            metrics.count_failure(self.name)
            return 0
        if done:
            metrics.observe_drain(self.name, done, time.monotonic() - began)
        return done


WORK: dict[str, Work] = {}


def register(
    name: str, batch: Drain, take_back: Drain | None = None, *, every: float = 0.0
) -> None:
    """Adds a function that works one batch of what is due and returns how much it did; called from AppConfig.ready.

    `take_back` takes back what a dead worker had claimed, instead of waiting until its lease ends. What
    is due by the hour is looked for `every` so many seconds only.
    """
    WORK[name] = Work(name, batch, take_back, every)


def recover() -> int:
    """Takes back everything that is claimed; only where no other worker lives. How much it was."""
    return sum(work.take_back() for work in WORK.values() if work.take_back)


def drain_all() -> int:
    """Works one batch of everything that is due, one kind after the other; how much was done."""
    return sum(work.batch() for work in WORK.values())


def drain(name: str, stop: Stop) -> int:
    """Works all that is due of one kind; nothing where a thread of this process is at it, which then looks again."""
    return WORK[name].drain(stop)


def run(stop: Stop, idle_seconds: float = IDLE_SECONDS) -> None:
    """Looks for work until `stop` is asked: a thread for each kind, so that a slow provider holds up no message.

    The calling thread only sleeps, shortly: Python runs signal handlers in the main thread, once it wakes.
    """
    threads = [
        threading.Thread(target=_run, args=(name, stop, idle_seconds), name=name) for name in WORK
    ]
    for thread in threads:
        thread.start()
    while not stop.asked:
        time.sleep(IDLE_SECONDS)
    for thread in threads:
        thread.join()


def _run(name: str, stop: Stop, idle_seconds: float) -> None:
    while not stop.asked:
        drain(name, stop)
        if WORK[name].every:
            connections.close_all()  # PostgreSQL has a hundred, and this thread sleeps long
        _sleep(max(idle_seconds, WORK[name].every), stop)
    connections.close_all()


def _sleep(seconds: float, stop: Stop) -> None:
    until = time.monotonic() + seconds
    while not stop.asked and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, IDLE_SECONDS))
