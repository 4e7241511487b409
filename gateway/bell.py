"""Tells other processes what a transaction left for them: once it has committed, from a thread that nobody waits for.

A ring carries nothing that is not in the database. One that is lost, because the broker is down or this process
dies, costs the time until the workers' next look or the page's next question.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from contextvars import Context, copy_context
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction

from gateway.conf import celery_broker_url, redis_url

# Rings that come within this time go out as one: a busy second costs a worker twenty tasks, not thousands.
GATHER = 0.05  # seconds
# Where one side is down its clients say so for each ring; the log hears of it this often.
SAY_EVERY = 60.0  # seconds
log = logging.getLogger(__name__)

PassOn = Callable[[Any], None]


def work_waits(name: str) -> None:
    """Wakes a worker for one kind of work (`gateway.worker.WORK`), once the transaction commits."""
    if celery_broker_url():
        transaction.on_commit(lambda: _bell(os.getpid(), _wake).ring(name), robust=True)


def inbox_changed(business_id: UUID) -> None:
    """Tells the pages that are open on a business's inbox to look again, once the transaction commits."""
    inboxes_changed([business_id])


def inboxes_changed(business_ids: Iterable[UUID]) -> None:
    """The same for several businesses, in one go."""
    changed = tuple(str(business_id) for business_id in business_ids)
    if changed and redis_url():
        transaction.on_commit(lambda: _bell(os.getpid(), _publish).ring(changed), robust=True)


class Bell:
    """A thread that passes rings on, each once however often it was rung meanwhile."""

    def __init__(self, pass_on: PassOn) -> None:
        self._pass_on = pass_on
        self._rung: dict[Hashable, Context] = {}
        self._is_rung = threading.Condition()
        self._said = -SAY_EVERY
        threading.Thread(target=self._run, name="bell", daemon=True).start()

    def ring(self, name: Hashable) -> None:
        """Notes it, with what its first ringer's log lines are bound to."""
        with self._is_rung:
            self._rung.setdefault(name, copy_context())
            self._is_rung.notify()

    def _run(self) -> None:
        while True:
            with self._is_rung:
                self._is_rung.wait_for(lambda: self._rung)
                rung, self._rung = self._rung, {}
            for name, context in rung.items():
                context.run(self._try, name)
            time.sleep(GATHER)

    def _try(self, name: Hashable) -> None:
        try:
            self._pass_on(name)
        except Exception:
            if time.monotonic() - self._said >= SAY_EVERY:
                self._said = time.monotonic()
                log.warning("A ring for %r is lost until somebody looks", name, exc_info=True)


@cache
def _bell(pid: int, pass_on: PassOn) -> Bell:
    """A bell of this process, as a forked child inherits no thread; one for each way: a silent broker stops its own."""
    return Bell(pass_on)


def _wake(name: str) -> None:
    from gateway.tasks import wake

    wake(name)


def _publish(business_ids: tuple[str, ...]) -> None:
    from gateway.live.channel import publish

    publish(business_ids)
