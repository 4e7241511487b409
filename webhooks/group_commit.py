"""Rows that come at the same time are committed together, each answered after its commit.

A thread of the process takes whatever waits, commits it as one transaction and answers those who wait. A request that
is alone waits for nobody.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import cache
from queue import Empty, SimpleQueue
from uuid import UUID

from django.db import (
    Error,
    IntegrityError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)

from gateway.bell import work_waits
from webhooks.body import MEGABYTE
from webhooks.deadline import answering_within
from webhooks.models import InboundEvent

MOST_ROWS = 128
MOST_BYTES = 4 * MEGABYTE  # a body in its row has at most a quarter of a megabyte
# Twilio gives up after 15 seconds: until then it must have heard that it did not work.
PATIENCE = 8.0  # seconds
# Less than that: who came while one batch hung has time left when the next one begins.
BATCH_SECONDS = 5.0
Stored = dict[str, UUID]
log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)  # then it is no row's fault


class InDoubt(OperationalError):
    """COMMIT was sent and nobody said that it succeeded: the rows are there, will be, or never were."""


def store(event: InboundEvent) -> bool:
    """Stores a row durably; False when its unique key was stored before.

    Raises django.db.Error when it could not be stored, or when nobody could say so within PATIENCE. In a
    transaction of the caller's it is as durable as that. The file of a row that is not there is deleted,
    but not in doubt: `webhooks.purge` finds those that nobody has.
    """
    try:
        if connection.in_atomic_block:
            return _store_alone(event)
        return _writer(os.getpid()).store(event)
    except Error:
        raise
    except Exception as error:
        raise OperationalError("The row could not be stored.") from error


@dataclass
class _Waiting:
    """A row whose request waits, with what the request's log lines are bound to."""

    event: InboundEvent
    is_stored: Future[bool] = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)


class Writer:
    """The thread that commits."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Waiting] = SimpleQueue()
        threading.Thread(target=self._run, name="journal", daemon=True).start()

    def store(self, event: InboundEvent) -> bool:
        """As the function `store`, from any thread."""
        waiting = _Waiting(event)
        self._queue.put(waiting)
        try:
            return waiting.is_stored.result(PATIENCE)
        except TimeoutError as error:
            # What is on its way by now is a repeat should it come again.
            if waiting.is_stored.cancel():
                _take_back(event)
            raise OperationalError(f"The database did not answer in {PATIENCE} seconds.") from error

    def _run(self) -> None:
        while True:
            batch = self._take()
            batch[0].context.run(_serve, batch)

    def _take(self) -> list[_Waiting]:
        """Waits for one row, then takes all that are there, up to the caps."""
        batch = [self._queue.get()]
        size = batch[0].event.size
        while len(batch) < MOST_ROWS and size < MOST_BYTES:
            try:
                batch.append(self._queue.get_nowait())
            except Empty:
                break
            size += batch[-1].event.size
        return batch


@cache
def _writer(pid: int) -> Writer:
    """The writer of this process: a forked child inherits no thread."""
    return Writer()


def _serve(batch: list[_Waiting]) -> None:
    """Commits a batch, without those whose request has given up. Nothing that happens ends the thread.

    It has a time of its own: that of a request which has waited long would be over for all.
    """
    running = [waiting for waiting in batch if waiting.is_stored.set_running_or_notify_cancel()]
    try:
        with answering_within(BATCH_SECONDS):
            close_old_connections()
            if running:
                _settle(running)
            close_old_connections()
    except Exception as error:
        log.exception("The journal could not serve a batch of %s", len(running))
        for waiting in running:
            if not waiting.is_stored.done():
                waiting.is_stored.set_exception(error)


def _settle(batch: list[_Waiting]) -> None:
    """Answers each of a batch after its commit; a row that the database refuses spoils no other."""
    try:
        stored = _insert([waiting.event for waiting in batch])
    except Exception as error:  # noqa: BLE001  # each of those who wait raises it
        if len(batch) > 1 and not isinstance(error, AWAY):
            for waiting in batch:
                _settle([waiting])
        else:
            _fail(batch, error)
    else:
        for waiting in batch:
            _answer(waiting, stored)


def _answer(waiting: _Waiting, stored: Stored) -> None:
    try:
        waiting.is_stored.set_result(_is_first(waiting.event, stored))
    except IntegrityError as error:
        _fail([waiting], error)


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        _take_back_unless_in_doubt(waiting.event, error)
        waiting.is_stored.set_exception(error)


def _store_alone(event: InboundEvent) -> bool:
    try:
        return _is_first(event, _insert([event]))
    except Exception as error:
        _take_back_unless_in_doubt(event, error)
        raise


def _is_first(event: InboundEvent, stored: Stored) -> bool:
    """Whether this row is the one with its key. Raises IntegrityError when there is none."""
    if event.unique_key not in stored:
        raise IntegrityError("The database left the row out, and not because it was there.")
    if stored[event.unique_key] == event.id:
        return True
    _take_back(event)
    return False


def _insert(events: list[InboundEvent]) -> Stored:
    """Inserts those whose key is new, in one transaction, and gives back whose row each key has.

    Raises InDoubt when it fails after COMMIT was sent, be it in what follows a commit.
    """
    is_written = False
    try:
        with transaction.atomic():
            stored = _write(events)
            is_written = True
    except Exception as error:
        if is_written:
            raise InDoubt("Nobody knows whether the rows were committed.") from error
        raise
    return stored


def _write(events: list[InboundEvent]) -> Stored:
    """In the order of the keys: two processes that got the same requests in other orders would deadlock."""
    InboundEvent.objects.bulk_create(
        sorted(events, key=lambda event: event.unique_key), ignore_conflicts=True
    )
    rows = InboundEvent.objects.filter(unique_key__in=[event.unique_key for event in events])
    work_waits("inbound")
    return dict(rows.values_list("unique_key", "id"))


def _take_back_unless_in_doubt(event: InboundEvent, error: Exception) -> None:
    """Whoever asked the database in doubt could hear of no row, and COMMIT would end a moment later."""
    if not isinstance(error, InDoubt):
        _take_back(event)


def _take_back(event: InboundEvent) -> None:
    """Deletes the file of a row that is not there; one that cannot be deleted is only in the way."""
    try:
        if event.body_file:
            event.body_file.delete(save=False)
    except Exception:  # storages raise classes of their own
        log.exception("The file %s of no event could not be deleted", event.body_file)
