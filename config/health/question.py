"""A question to a service that may hang, put so that nobody waits for it longer than he wants to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")


class Question(Generic[T]):
    """Asked in a thread of its own. Whoever asks while an answer is still out joins that one.

    So a service that hangs holds one thread of the process, however often it is asked for, and one
    connection to the database at most. `seconds` is how long anybody waits, `keep` for how many seconds
    an answer is given again before anybody asks anew.
    """

    def __init__(self, ask: Callable[[], T], seconds: float, keep: float = 0.0) -> None:
        self._ask = ask
        self._seconds = seconds
        self._keep = keep
        self._stale_at = 0.0
        self._lock = threading.Lock()
        self._out: Future[T] | None = None

    def put(self) -> Callable[[], T]:
        """Begins to ask; what is returned waits for the answer.

        It raises TimeoutError `seconds` after now, and else what the asking raised.
        """
        until = time.monotonic() + self._seconds
        future = self._asked()
        return lambda: future.result(timeout=max(0.0, until - time.monotonic()))

    def _asked(self) -> Future[T]:
        with self._lock:
            if self._out is None or (self._out.done() and time.monotonic() >= self._stale_at):
                self._out = Future()
                self._begin(self._out)
            return self._out

    def _begin(self, out: Future[T]) -> None:
        begin = copy_context().run
        # A daemon: a process that ends does not wait for a service that hangs.
        thread = threading.Thread(
            target=begin, args=(self._fulfil, out), name="question", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # the machine has no thread left
            out.set_exception(error)

    def _fulfil(self, out: Future[T]) -> None:
        try:
            answer = self._ask()
        except Exception as error:  # noqa: BLE001  it is raised to whoever asked
            self._stale_at = time.monotonic() + self._keep
            out.set_exception(error)
        else:
            self._stale_at = time.monotonic() + self._keep
            out.set_result(answer)
        finally:
            connections.close_all()
