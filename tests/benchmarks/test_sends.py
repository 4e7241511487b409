"""Sends a second of one process."""

from __future__ import annotations

import pytest

from tests.benchmarks.installation import installed
from tests.benchmarks.report import Figure, Goal, in_turn
from tests.benchmarks.size import ROUNDS, scaled

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
A_ROUND = scaled(20_000)


@pytest.mark.parametrize(
    ("delay", "answering"), [(0.0, "at once"), (0.1, "after 100 ms")], ids=["at-once", "100-ms"]
)
def test_sends(report, database, tmp_path, delay, answering):
    """Beside a bare loop over the same client with as many in flight."""
    with installed(tmp_path, database) as product:
        product.start_provider(delay)
        bare, sent = in_turn(
            ROUNDS,
            lambda: product.run("sending", "client", str(A_ROUND)),
            lambda: product.run("sending", "outbox", str(A_ROUND)),
        )
    what = f"Sends of one process to a provider answering {answering}"
    beside = "bare loop over the same client"
    report.add(Figure("sends", what, "a second", sent, beside, bare, Goal(at_least=0.6)))
