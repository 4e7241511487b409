"""The real simulator at the other end: it holds what it never posted, as Twilio does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.models import Business, DedicatedSender
from tests.factories import make_member
from tests.simulator_process import Simulator, run_simulator
from tests.webhooks.conftest import OUR_NUMBER
from webhooks.processing import process_due
from webhooks.reconcile.errands import run_due


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with run_simulator() as process:
        yield process


@pytest.fixture
def provider(running: Simulator, settings: Any) -> Simulator:
    """The simulator's Twilio, behind the real adapter; it posts to nobody."""
    running.reset()
    running.all_faults_off()
    settings.TWILIO_API_URL = running.url
    settings.TWILIO_ACCOUNT_SID = running.account_sid
    settings.TWILIO_AUTH_TOKENS = (running.auth_token,)
    return running


@pytest.fixture
def bikes(db: None) -> Business:
    """A business with one number for SMS and one for WhatsApp, which are on their rounds already."""
    business = make_member().business
    for channel in (Channel.SMS, Channel.WHATSAPP):
        sender = Sender.objects.create(channel=channel, address=OUR_NUMBER)
        DedicatedSender.objects.create(sender=sender, business=business)
    return business


@pytest.fixture
def later(provider: Simulator, bikes: Business) -> Callable[..., datetime]:
    """Begins the rounds now, and goes on with them some hours later; what is due then is worked."""
    run_due()

    def go_on(hours: float = 2, then: Callable[[], None] = lambda: None) -> datetime:
        with time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False):
            while run_due():
                pass
            process_due()
            then()
            return timezone.now()

    return go_on
