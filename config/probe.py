"""Asks a process of this machine whether it answers: `python -m config.probe PORT PATH` exits with 0 when it does.

For the health checks of containers, whose image has no curl. A third argument is the status of the right answer: the
live stream has only one path, and sends those away who have not signed in.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

PATIENCE = (
    4.0  # seconds; the health check's own timeout, of 5, would leave no word of what is wrong
)


def probe(port: int, path: str, right: int = HTTPStatus.OK) -> str:
    """What is wrong with the process that listens there, or nothing."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace")
    except (OSError, HTTPException) as error:
        return f"Nobody answers on port {port}: {error!r}"
    finally:
        connection.close()
    return "" if answer.status == right else f"{path} answers {answer.status}: {said}"


if __name__ == "__main__":
    port, path, *right = sys.argv[1:]
    sys.exit(probe(int(port), path, *map(int, right)) or 0)
