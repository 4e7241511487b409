"""Journalled texts that two workers file in a second."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.benchmarks import references, wrk
from tests.benchmarks.installation import Installation, installed
from tests.benchmarks.report import Figure, Goal, in_turn
from tests.benchmarks.signed import texts
from tests.benchmarks.size import CLIENTS, ROUNDS, SECONDS, scaled

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
WORKERS = 2
# At most so many texts wait when the clock begins to run; a slow web process takes fewer.
A_ROUND = scaled(2_000)
# So many customers write so often that each has several texts waiting, which must stay in order.
FEW_CUSTOMERS = 20
LOOK_EVERY = 0.02  # seconds
PGBENCH = "pgbench: event, message, counter"


def test_filing(report, database, reference_database, tmp_path):
    """Events are journalled while the workers stand still; the clock runs from when they go on."""
    references.prepare(reference_database)
    with installed(tmp_path, database) as product:
        product.start_mail_sink()
        web = product.start_web()
        product.start_workers(WORKERS)
        inserts, strangers, few = in_turn(
            ROUNDS,
            partial(references.three_inserts, reference_database),
            partial(_filed_per_second, product, web, tmp_path / "requests", None),
            partial(_filed_per_second, product, web, tmp_path / "requests", FEW_CUSTOMERS),
        )
    goal = Goal(at_least=0.10)
    every = f"Texts filed, {WORKERS} workers, each of another customer"
    in_order = f"Texts filed, {WORKERS} workers, all of {FEW_CUSTOMERS} customers"
    report.add(
        Figure("filing", every, "a second", strangers, PGBENCH, inserts, goal),
        Figure("filing", in_order, "a second", few, PGBENCH, inserts),
    )


def _filed_per_second(
    product: Installation, web: str, requests: Path, customers: int | None
) -> float:
    wrk.write_requests(requests, texts(A_ROUND, customers))
    with psycopg.connect(product.database, autocommit=True) as connection:
        before = _journalled(connection)
        with product.paused_workers():
            assert wrk.post(web, requests, CLIENTS, SECONDS).refused == 0
            begun = time.perf_counter()
        while _is_due(connection):
            time.sleep(LOOK_EVERY)
        seconds = time.perf_counter() - begun
        assert _filed(connection) == _journalled(connection)
        return (_filed(connection) - before) / seconds


def _is_due(connection: psycopg.Connection) -> bool:
    query = "SELECT EXISTS (SELECT FROM gateway_webhooks_inboundevent WHERE due_at IS NOT NULL)"
    return bool(_value(connection, query))


def _journalled(connection: psycopg.Connection) -> int:
    return int(_value(connection, "SELECT count(*) FROM gateway_webhooks_inboundevent"))


def _filed(connection: psycopg.Connection) -> int:
    query = "SELECT count(*) FROM gateway_webhooks_inboundevent WHERE outcome = 'filed'"
    return int(_value(connection, query))


def _value(connection: psycopg.Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None
