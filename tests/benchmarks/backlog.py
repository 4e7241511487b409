"""What the web process takes while the workers stand still, and how fast they file it once they go on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks import wrk
from tests.benchmarks.installation import Installation
from tests.benchmarks.size import CLIENTS, SECONDS

LOOK_EVERY = 0.02  # seconds


@dataclass(frozen=True)
class Worked:
    """Requests accepted a second while nothing else happened, then messages filed a second."""

    accepted: float
    filed: float


def accept_and_file(
    product: Installation, web: str, requests: Iterable[bytes], file: Path
) -> Worked:
    """Posts the requests for a round, then lets the workers file them; every one must end as filed."""
    wrk.write_requests(file, requests)
    with psycopg.connect(product.database, autocommit=True) as connection:
        before = journalled(connection)
        with product.paused_workers():
            load = wrk.post(web, file, CLIENTS, SECONDS)
            waiting = journalled(connection) - before
            begun = time.perf_counter()
        assert load.refused == 0
        while _is_due(connection):
            time.sleep(LOOK_EVERY)
        seconds = time.perf_counter() - begun
        assert _filed(connection) == journalled(connection), _outcomes(connection)
    return Worked(accepted=load.per_second, filed=waiting / seconds)


def journalled(connection: psycopg.Connection) -> int:
    """How many requests were ever stored."""
    return int(_value(connection, "SELECT count(*) FROM gateway_webhooks_inboundevent"))


def _filed(connection: psycopg.Connection) -> int:
    query = "SELECT count(*) FROM gateway_webhooks_inboundevent WHERE outcome = 'filed'"
    return int(_value(connection, query))


def _is_due(connection: psycopg.Connection) -> bool:
    query = "SELECT EXISTS (SELECT FROM gateway_webhooks_inboundevent WHERE due_at IS NOT NULL)"
    return bool(_value(connection, query))


def _outcomes(connection: psycopg.Connection) -> list[Any]:
    query = "SELECT outcome, detail, count(*) FROM gateway_webhooks_inboundevent GROUP BY 1, 2"
    return connection.execute(query).fetchall()


def _value(connection: psycopg.Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None
