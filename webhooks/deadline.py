"""A call that nobody else limits in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


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
