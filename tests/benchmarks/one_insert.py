"""The least that stores a request before it answers: one insert by psycopg, under the product's web server.

`python -m tests.benchmarks.one_insert PORT`; no framework, no signature, no journal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from psycopg_pool import ConnectionPool
from uuid_utils.compat import uuid7

from config.web import BACKLOG, THREADS

INSERT = """
INSERT INTO gateway_webhooks_inboundevent (id, kind, provider, account, unique_key, method, lane, path, headers,
    content_type, body, body_file, size, received_at, state, due_at, attempts, outcome, detail)
VALUES (%s, 'twilio_inbound', 'twilio', '', %s, 'POST', '', %s, '{}', %s, %s, '', %s, now(), 'due', now(), 0, '', '')
"""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Stores the body, then answers 200; anything but a POST is answered at once."""
    if environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        event = uuid7()
        with _pool().connection() as connection:
            connection.execute(
                INSERT,
                (event, str(event), environ["PATH_INFO"], environ["CONTENT_TYPE"], body, len(body)),
            )
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [b"<Response/>"]


@cache
def _pool() -> ConnectionPool:
    url = os.environ["DATABASE_URL"]
    return ConnectionPool(url, min_size=1, max_size=THREADS, kwargs={"autocommit": True}, open=True)


if __name__ == "__main__":
    Granian(
        "tests.benchmarks.one_insert:application",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        log_level=LogLevels.error,
    ).serve()
