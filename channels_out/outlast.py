"""A database that is away for a moment, or lets another go first, is asked again."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

T = TypeVar("T")

# PostgreSQL starts anew in two or three; whoever waits longer had better let go of what he holds.
PATIENCE = 5.0  # seconds
FIRST_PAUSE = 0.05  # seconds; each one is twice the last
logger = logging.getLogger(__name__)


def outlast(work: Callable[[], T]) -> T:
    """The result of `work`, which is done again after a deadlock, a lock that did not come or a lost connection.

    It must be whole or not at all, and harm nothing the second time. Raises what it raised last.
    """
    until, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
    while True:
        try:
            return work()
        except OperationalError:
            if time.monotonic() + pause > until:
                raise
            logger.warning("The database is asked again", exc_info=True)
            time.sleep(pause)
            pause *= 2
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()  # a lost connection is made anew
