"""Everything breaks at once, and nothing is lost, doubled, out of order or moved backward."""

from __future__ import annotations

import pytest

from tests.chaos.run import chaos

MESSAGES = 2_000
SEED = 26


@pytest.mark.services
@pytest.mark.timeout(600)
def test_chaos(tmp_path):
    with chaos(tmp_path, SEED) as run:
        verdict = run.run(MESSAGES, SEED)
    assert verdict.is_clean, verdict
