"""How long an answer is on its way to the provider."""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Any

import pytest
import redis
import requests

from tests.benchmarks import signed
from tests.benchmarks.installation import REDIS, Installation, installed
from tests.benchmarks.report import Figure, in_turn
from tests.benchmarks.size import BUSINESSES, ROUNDS
from tests.simulator_process import wait_for

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
# Owners answer one at a time: the next answer is not yet written when the last one is on its way.
ANSWERS = 20
PAUSE = 0.15  # seconds
Latencies = list[float]  # milliseconds


def test_latency_large(report, database, tmp_path):
    """From the answer to POST reply, which comes after the commit, to the request at the provider."""
    with installed(tmp_path, database) as product, redis.Redis.from_url(REDIS) as broker:
        answer_all = _office(product, lambda: product.start_workers(1))
        trips, *rounds = in_turn(ROUNDS, lambda: _round_trip(broker), answer_all)
    beside = {"beside": "a round trip to Redis", "beside_rounds": trips}
    report.add(*_figures("large", *rounds, **beside))


def test_latency_embedded(report, needed, tmp_path):
    """The same on SQLite, where the worker looks by the clock."""
    alone = {"CELERY_BROKER_URL": "", "REDIS_URL": ""}
    with installed(tmp_path, f"sqlite:///{tmp_path / 'gateway.sqlite3'}", **alone) as product:
        product.manage("migrate", "--verbosity=0")
        product.run("businesses", "1")
        worker = [sys.executable, "manage.py", "worker"]
        answer_all = _office(product, lambda: product.start("worker", worker))
        report.add(*_figures("embedded", *in_turn(ROUNDS, answer_all)))


def _office(product: Installation, start_workers: Callable[[], object]) -> Callable[[], Latencies]:
    """Customers of one business have written; what is returned lets its owner answer them in turn."""
    product.start_mail_sink()
    provider = product.start_provider()
    web = product.start_web()
    start_workers()
    # Customers are dealt out to the businesses in turn, and these are all the first one's.
    for request in signed.texts(range(0, ANSWERS * BUSINESSES, BUSINESSES)):
        _send(web, request)
    session = requests.Session()
    session.headers["Authorization"] = f"Token {product.run('tokens', '1')}"
    conversations = wait_for(lambda: _filed(session, web), 30.0)
    return lambda: [
        _milliseconds(session, web, provider, conversation) for conversation in conversations
    ]


def _figures(set_up: str, rounds: Sequence[Latencies], **beside: Any) -> list[Figure]:
    what = f"From the commit to the provider, {set_up}"
    p99 = [quantiles(itertools.chain(*rounds), n=100, method="inclusive")[-1]]
    medians = [median(latencies) for latencies in rounds]
    return [
        Figure("latency", f"{what}, median", "ms", medians, **beside),
        Figure("latency", f"{what}, 99th percentile", "ms", p99),
    ]


def _send(web: str, request: bytes) -> None:
    """One whole HTTP request."""
    host, port = web.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        assert b" 200 " in connection.recv(100)


def _filed(session: requests.Session, web: str) -> list[str]:
    """The conversations of the business, once all are there."""
    page = session.get(f"{web}/api/business/messages/", timeout=30).json()
    pks = [row["id"] for row in page["results"]]
    return pks if len(pks) == ANSWERS else []


def _milliseconds(session: requests.Session, web: str, provider: str, conversation: Any) -> float:
    words = f"Yes, it is. {time.monotonic_ns()}"
    url = f"{web}/api/business/messages/{conversation}/reply/"
    answer = session.post(url, json={"reply": words}, timeout=30)
    committed = time.monotonic()
    assert answer.status_code == 201, answer.text
    time.sleep(PAUSE)
    return (wait_for(lambda: _arrival(provider, words)) - committed) * 1000


def _arrival(provider: str, words: str) -> float | None:
    """When the text came, by the clock that all processes of a machine share."""
    came = requests.get(f"{provider}/came", timeout=30).json()
    return next((at for text, at in came.items() if words in text), None)


def _round_trip(broker: Any) -> float:
    trips = []
    for _ in range(1000):
        begun = time.perf_counter()
        broker.ping()
        trips.append(time.perf_counter() - begun)
    return median(trips) * 1000
