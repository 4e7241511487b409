"""Journalled texts that two workers file in a second."""

from __future__ import annotations

from functools import partial
from itertools import cycle, islice
from typing import Any

import pytest

from tests.benchmarks import references, signed
from tests.benchmarks.backlog import accept_and_file
from tests.benchmarks.installation import installed
from tests.benchmarks.report import Figure, Goal, in_turn
from tests.benchmarks.size import ROUNDS, scaled

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
WORKERS = 2
# At most so many texts wait when the clock begins to run; a slow web process takes fewer.
A_ROUND = scaled(2_000)
# So few write so often that each has many texts waiting, which must stay in order.
FEW_CUSTOMERS = 20


def test_filing(report, database, reference_database, tmp_path):
    """Events are journalled while the workers stand still; the clock runs from when they go on."""
    references.prepare(reference_database)
    with installed(tmp_path, database) as product:
        product.start_mail_sink()
        web = product.start_web()
        product.start_workers(WORKERS)

        def filed(requests: Any) -> float:
            return accept_and_file(product, web, requests(), tmp_path / "requests").filed

        inserts, strangers, few = in_turn(
            ROUNDS,
            partial(references.three_inserts, reference_database),
            partial(filed, lambda: signed.strangers(A_ROUND)),
            partial(filed, lambda: signed.texts(islice(cycle(range(FEW_CUSTOMERS)), A_ROUND))),
        )
    every = f"Texts filed, {WORKERS} workers, each of another customer"
    in_order = f"Texts filed, {WORKERS} workers, all of {FEW_CUSTOMERS} customers"
    beside = references.THREE_INSERTS
    report.add(
        Figure("filing", every, "a second", strangers, beside, inserts, Goal(at_least=0.10)),
        Figure("filing", in_order, "a second", few, beside, inserts),
    )
