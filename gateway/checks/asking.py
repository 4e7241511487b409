"""One HTTP request of a check: what was answered, or why nothing was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

# Seconds until there is a connection, and between two pieces of an answer.
PATIENCE = (5, 10)
# Bytes of an answer that are looked at.
ENOUGH = 150


class Silence(Exception):
    """Nothing answered; the message says why."""


@dataclass(frozen=True)
class Answer:
    """The status and the beginning of the text."""

    status: int
    text: str


def asked(method: str, url: str, **more: Any) -> Answer:
    """What is answered, by nobody else: redirects are not followed. Raises Silence."""
    with requests.Session() as session:
        session.trust_env = (
            False  # what comes from outside passes no proxy of this machine's environment
        )
        try:
            with session.request(
                method, url, timeout=PATIENCE, allow_redirects=False, stream=True, **more
            ) as answer:
                begins = next(answer.iter_content(ENOUGH), b"")
        except requests.RequestException as error:
            raise Silence(f"{url} ({type(error).__name__})") from error
    return Answer(answer.status_code, begins.decode(errors="replace"))
