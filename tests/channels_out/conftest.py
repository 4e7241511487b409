from __future__ import annotations

import itertools

import pytest

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.models import Sender
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from tests.simulator_process import run_simulator

OUR_NUMBER = "+15550100"
THEIR_NUMBER = "+15550199"
ACCOUNT = "AC" + "0" * 32

FAST = 1000.0  # messages a second


@pytest.fixture
def memory(settings):
    """The in-memory adapter under every channel."""
    path = "channels_out.adapters.memory.Memory"
    settings.CHANNEL_ADAPTERS = {str(channel): path for channel in Channel}
    adapter = adapter_for(Channel.SMS)
    adapter.clear()
    yield adapter
    adapter.clear()


@pytest.fixture
def sender(db):
    """Our number, fast enough not to slow tests down."""
    return Sender.objects.create(channel=Channel.SMS, address=OUR_NUMBER, per_second=FAST)


@pytest.fixture
def whatsapp_sender(db):
    return Sender.objects.create(channel=Channel.WHATSAPP, address=OUR_NUMBER, per_second=FAST)


@pytest.fixture
def text(sender):
    """Enqueues one SMS; keywords replace the defaults of `enqueue`."""
    numbers = itertools.count(1)

    def write(words: str = "", **changes):
        rendered = Rendered(text=words or f"Message {next(numbers)}")
        usual = {"channel": Channel.SMS, "sender": sender, "to_address": THEIR_NUMBER}
        return enqueue(**{**usual, "rendered": rendered, **changes})

    return write


@pytest.fixture
def mail(db):
    """Enqueues one mail; keywords replace the defaults of `enqueue`."""

    def write(words: str = "Hello", **changes):
        rendered = Rendered(
            text=words,
            subject="Blue bike",
            from_header='"Ann via Blue Shop" <ann@mail.gateway.test>',
            reply_to="token@reply.gateway.test",
        )
        usual = {"channel": Channel.EMAIL, "to_address": "customer@example.org"}
        return enqueue(**{**usual, "rendered": rendered, **changes})

    return write


@pytest.fixture(scope="module")
def running():
    with run_simulator() as process:
        yield process


@pytest.fixture
def twilio(running, settings, db):
    """The simulator's Twilio, behind the real adapter."""
    running.reset()
    running.all_faults_off()
    settings.CHANNEL_ADAPTERS = {}
    settings.TWILIO_API_URL = running.url
    settings.TWILIO_ACCOUNT_SID = running.account_sid
    settings.TWILIO_AUTH_TOKENS = (running.auth_token,)
    settings.RESOLVE_AFTER = 0
    return running
