"""Connections to PostgreSQL that are cut when whoever asked waits no longer."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import errors

from webhooks.deadline import seconds_left

# psycopg takes 0 for ever.
LEAST = 0.001  # seconds


class Hurried(psycopg.Connection[Any]):
    """Waits for the server as long as the request that it serves has time (`webhooks.deadline`)."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Raises OperationalError when the time is over; the connection, in the middle of a word, is closed."""
        left = seconds_left()
        if left is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, max(left, LEAST))
        except errors._WaitTimeout as error:
            self.close()
            raise psycopg.OperationalError("The database did not answer in time") from error
