"""Raw mails that the product takes in a second, and that two workers file in a second."""

from __future__ import annotations

from functools import partial

import pytest

from tests.benchmarks import mails, references
from tests.benchmarks.backlog import Worked, accept_and_file
from tests.benchmarks.installation import installed
from tests.benchmarks.report import Figure, in_turn
from tests.benchmarks.size import ROUNDS, scaled

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
WORKERS = 2
# At most so many mails wait when the clock begins to run.
A_ROUND = scaled(500)


def test_mails(report, database, reference_database, tmp_path):
    """Each is parsed in a child process, read and filed as a new conversation."""
    references.prepare(reference_database)
    worked: list[Worked] = []
    with installed(tmp_path, database) as product:
        product.start_mail_sink()
        web = product.start_web()
        product.start_workers(WORKERS)

        def work() -> float:
            file = tmp_path / "requests"
            worked.append(accept_and_file(product, web, mails.posted(A_ROUND), file))
            return worked[-1].filed

        inserts, filed = in_turn(
            ROUNDS, partial(references.three_inserts, reference_database), work
        )
    accepted = [each.accepted for each in worked]
    beside = references.THREE_INSERTS
    what = "Mails of 5 kB accepted, 1 web process"
    report.add(
        Figure("mails", what, "a second", accepted, beside, inserts),
        Figure("mails", f"Mails filed, {WORKERS} workers", "a second", filed, beside, inserts),
    )
