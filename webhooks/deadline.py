"""What nobody else limits in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_answer_by: ContextVar[float | None] = ContextVar("answer_by", default=None)


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """Whoever asks this thread waits no longer, so neither shall it: `seconds_left` says what remains."""
    token = _answer_by.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _answer_by.reset(token)


def seconds_left() -> float | None:
    """How long whoever asks this thread still waits, 0 when he is gone; None where nobody is in a hurry."""
    answer_by = _answer_by.get()
    return None if answer_by is None else max(answer_by - time.monotonic(), 0.0)


def within(seconds: float, call: Callable[[], T]) -> T:
    """The call's result or its exception; TimeoutError after `seconds`, when it is left behind.

    It runs in a thread of its own, which a process that ends does not wait for, and must not touch
    the database.
    """
    result: Future[T] = Future()
    threading.Thread(target=_fulfil, args=(result, call), daemon=True).start()
    return result.result(timeout=seconds)


def _fulfil(result: Future[T], call: Callable[[], T]) -> None:
    try:
        result.set_result(call())
    except BaseException as error:
        result.set_exception(error)
        if not isinstance(error, Exception):
            raise
