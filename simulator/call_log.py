"""Every request between the gateway and the outside world, so that a person can read it."""

import sqlite3
from dataclasses import asdict, dataclass

from simulator.state import State

KEPT = 5000
TRIM_EVERY = 500
MAX_TEXT = 4000  # characters kept of a request and of an answer


@dataclass(frozen=True)
class Call:
    """One request: `direction` is `from_gateway` or `to_gateway`; no status: no answer came."""

    at: float
    direction: str
    kind: str
    subject: str
    method: str
    url: str
    request: str
    status: int | None
    response: str
    attempt: int = 1
    milliseconds: int = 0
    id: int = 0


class CallLog:
    """The newest calls."""

    def __init__(self, state: State) -> None:
        self.state = state

    def add(self, call: Call) -> None:
        """Record a call; only the newest ones are kept."""
        number = self.state.write(
            "INSERT INTO calls (at, direction, kind, subject, method, url, request, status,"
            " response, attempt, milliseconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(call.at, call.direction, call.kind, call.subject, call.method, call.url),
            *(call.request[:MAX_TEXT], call.status, call.response[:MAX_TEXT]),
            *(call.attempt, call.milliseconds),
        )
        if number % TRIM_EVERY == 0:
            self.state.write("DELETE FROM calls WHERE id <= ?", number - KEPT)

    def newest(self, limit: int, kind: str = "", subject: str = "") -> list[Call]:
        """The newest calls first, of every kind or one, about everything or one thing."""
        rows = self.state.rows(
            "SELECT * FROM calls WHERE (?1 = '' OR kind = ?1) AND (?2 = '' OR subject = ?2)"
            " ORDER BY id DESC LIMIT ?3",
            *(kind, subject, limit),
        )
        return [_call(row) for row in rows]


def as_json(call: Call) -> dict[str, object]:
    """The call as the page reads it."""
    return asdict(call)


def _call(row: sqlite3.Row) -> Call:
    return Call(**dict(row))
