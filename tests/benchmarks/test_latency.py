"""How long an answer is on its way to the provider."""

from __future__ import annotations

import time
from statistics import median, quantiles
from typing import Any

import pytest
import redis
import requests

from tests.benchmarks import signed
from tests.benchmarks.backlog import accept_and_file
from tests.benchmarks.databases import values
from tests.benchmarks.installation import REDIS, installed
from tests.benchmarks.report import Figure, in_turn
from tests.benchmarks.size import BUSINESSES, ROUNDS
from tests.simulator_process import wait_for

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
# Owners answer one at a time: the next answer is not yet written when the last one is on its way.
ANSWERS = 20
PAUSE = 0.15  # seconds


def test_latency(report, database, tmp_path):
    """From the answer to POST reply, which comes after the commit, to the request at the provider."""
    latencies: list[float] = []
    with installed(tmp_path, database) as product, redis.Redis.from_url(REDIS) as broker:
        product.start_mail_sink()
        provider = product.start_provider()
        web = product.start_web()
        product.start_workers(1)
        # Customers of one business, whose owner answers them in turn.
        customers = range(0, ANSWERS * BUSINESSES, BUSINESSES)
        accept_and_file(product, web, signed.texts(customers), tmp_path / "requests")
        owner = product.run("tokens", "1")
        conversations = values(database, "SELECT id FROM gateway_customermessage")
        session = requests.Session()
        session.headers["Authorization"] = f"Token {owner}"

        def answer_all() -> float:
            came = [
                _milliseconds(session, web, provider, conversation)
                for conversation in conversations
            ]
            latencies.extend(came)
            return median(came)

        trips, medians = in_turn(ROUNDS, lambda: _round_trip(broker), answer_all)
    beside = "a round trip to Redis"
    p95 = [quantiles(latencies, n=20)[-1]]
    report.add(
        Figure("latency", "From the commit to the provider, median", "ms", medians, beside, trips),
        Figure("latency", "From the commit to the provider, 95th percentile", "ms", p95),
    )


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
