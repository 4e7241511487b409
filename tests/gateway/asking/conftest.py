"""Two businesses that wrote to one customer from the one number there is."""

from __future__ import annotations

import pytest

from gateway.inbound.messages import Outcome
from tests.factories import make_text
from tests.gateway.asking.pair import PHONE, all_goes_out, answered_on


@pytest.fixture
def bike(ann, shared_number):
    return answered_on(ann, "Blue bike")


@pytest.fixture
def flat(ben, bike):
    """Both businesses wrote from the one number there is."""
    return answered_on(ben, "Flat in Main Street")


@pytest.fixture
def asked(shared_number, bike, flat):
    """He wrote, and our question went out."""
    received = make_text(shared_number, PHONE, "Can I see it today?")
    assert received.outcome == Outcome.HELD
    all_goes_out()
    received.held.refresh_from_db()
    return received.held
