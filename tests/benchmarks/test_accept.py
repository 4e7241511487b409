"""Signed SMS webhooks that the product takes in a second."""

from __future__ import annotations

from functools import partial

import pytest

from tests.benchmarks import references, wrk
from tests.benchmarks.databases import value
from tests.benchmarks.installation import installed
from tests.benchmarks.report import Figure, Goal, in_turn
from tests.benchmarks.signed import strangers
from tests.benchmarks.size import CONNECTIONS, ROUNDS, SECONDS, scaled

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
# Enough for a round of one web process, however fast the machine is.
A_ROUND = 10_000
WEB_PROCESSES = 2


def test_signed_webhooks(report, database, reference_database, tmp_path):
    """Beside the inserts that a text costs at least, and beside one plain insert a request."""
    references.prepare(reference_database)
    with (
        installed(tmp_path, database) as product,
        installed(tmp_path, reference_database) as reference,
    ):
        each = range(1, WEB_PROCESSES + 1)
        web = [product.start_web(f"web{number}") for number in each]
        bare = [references.start_one_insert(reference, f"one_insert{number}") for number in each]

        def load(urls: list[str], stored_in: str) -> float:
            files = {url: tmp_path / f"requests{number}" for number, url in enumerate(urls)}
            for file in files.values():
                wrk.write_requests(file, strangers(scaled(A_ROUND)))
            before = _journalled(stored_in)
            load = wrk.post_at_once(files, CONNECTIONS // WEB_PROCESSES, SECONDS)
            assert (load.refused, load.broken) == (0, 0)
            # A request that was under way when the round ended may be stored without its answer being counted.
            assert load.answers <= _journalled(stored_in) - before <= load.answers + CONNECTIONS
            return load.per_second

        inserts, plain, accepted = in_turn(
            ROUNDS,
            partial(references.three_inserts, reference_database),
            partial(load, bare, reference_database),
            partial(load, web, database),
        )
    report.add(
        Figure(
            "accept",
            f"Signed SMS webhooks accepted, {WEB_PROCESSES} web processes",
            "a second",
            accepted,
            references.THREE_INSERTS,
            inserts,
            Goal(at_least=0.35),
        ),
        Figure(
            "accept",
            "The same",
            "a second",
            accepted,
            "one plain insert a request",
            plain,
        ),
    )


def _journalled(database: str) -> int:
    return int(value(database, "SELECT count(*) FROM gateway_webhooks_inboundevent"))
