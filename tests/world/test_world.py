"""A small world in each set-up: nothing is lost, doubled or filed where a rule that is sure was wrong."""

from __future__ import annotations

import pytest

from tests.world.referee import judge, judge_rival
from tests.world.world import World

MESSAGES = 75  # as planned; what people make of it is more or less
SEED = 1


@pytest.fixture
def small_world(settings, db, request):
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    world = World(SEED, request.param, MESSAGES)
    world.run()
    return world


@pytest.mark.parametrize("small_world", ["dedicated", "pool", "single"], indirect=True)
def test_nothing_is_lost_doubled_or_wrong_where_a_step_is_sure_and_other_rules_err(small_world):
    ours = judge(small_world)
    assert ours.messages > MESSAGES / 2
    assert (ours.lost, ours.doubled, ours.wrong_business, ours.wrong_certain) == (0, 0, 0, 0), (
        ours.cases
    )
    others = [judge_rival(small_world, rival) for rival in small_world.rivals]
    assert any(each.wrong_business + each.wrong_certain + each.held for each in others)
