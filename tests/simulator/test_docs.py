"""The page about the simulator names everything that can be set."""

from __future__ import annotations

import re

import pytest

from simulator.faults import SWITCHES, Switch
from simulator.mail_clients import STYLES
from simulator.options import Options
from tests.simulator_process import ROOT

DOCS = (ROOT / "docs" / "simulator.md").read_text()


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.name)
def test_every_switch_is_explained_with_its_parameters(switch: Switch):
    (row,) = re.findall(rf"^\|.*`{switch.name}`.*$", DOCS, re.MULTILINE)
    named = {name for name in switch.defaults if f"`{name}`" in row}
    assert named == set(switch.defaults)


@pytest.mark.parametrize("option", Options.__dataclass_fields__)
def test_every_option_is_explained(option: str):
    assert f"`--{option.replace('_', '-')}`" in DOCS


def test_every_mail_program_is_named():
    assert f"`style` ({', '.join(STYLES)})" in DOCS
