from __future__ import annotations

import pytest

from tests.contracts.carriers import AnymailCarrier, MemoryCarrier, SmtpCarrier, TwilioCarrier

CARRIERS = {
    "twilio-sms": TwilioCarrier,
    "twilio-whatsapp": TwilioCarrier,
    "smtp": SmtpCarrier,
    "anymail": AnymailCarrier,
    "memory": MemoryCarrier,
}


@pytest.fixture(params=CARRIERS)
def carrier(request, settings):
    """One transport and the provider at its other end, over real connections."""
    carrier = CARRIERS[request.param](request.param, request.getfixturevalue, settings)
    yield carrier
    carrier.stop()
