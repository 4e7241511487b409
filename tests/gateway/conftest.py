"""Two businesses with an owner each, and numbers of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from channels_out.adapters.memory import Memory
from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.models import Membership
from gateway.telling import plan
from tests.factories import make_business, make_member, make_sender, make_user
from tests.gateway.telling.days import ALL, NOON, choose, verified_phone


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Files that come with a message are stored in a folder of this test."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def ann(db) -> Membership:
    """Ann, the owner of Ann's Bikes, at an address that customers never see."""
    user = make_user("ann.private77@home.example", first_name="Ann")
    return make_member(make_business("Ann's Bikes"), user=user)


@pytest.fixture
def ben(db) -> Membership:
    """Ben, the owner of another business."""
    user = make_user("ben.private@home.example", first_name="Ben")
    return make_member(make_business("Ben's Flats"), user=user)


@pytest.fixture
def ann_number(ann) -> Sender:
    """The SMS number of Ann's Bikes alone."""
    return make_sender(ann.business)


@pytest.fixture
def ann_whatsapp(ann) -> Sender:
    """The WhatsApp sender of Ann's Bikes alone."""
    return make_sender(ann.business, Channel.WHATSAPP)


@pytest.fixture
def shared_number(db) -> Sender:
    """An SMS number that serves every business."""
    return make_sender(None)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A Monday at noon, until a test moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def by_text(ann, ann_number, clock) -> Membership:
    """Ann is told by text alone."""
    verified_phone(ann)
    choose(ann, email=[], sms=ALL)
    return ann


@pytest.fixture
def each_at_once(monkeypatch) -> None:
    """Nothing that a customer writes is gathered with what he wrote before."""
    monkeypatch.setattr(plan, "GATHER_FOR", timedelta(seconds=-1))


@pytest.fixture
def memory(settings) -> Iterator[Memory]:
    """The in-memory adapter under every channel."""
    path = "channels_out.adapters.memory.Memory"
    settings.CHANNEL_ADAPTERS = {str(channel): path for channel in Channel}
    adapter = adapter_for(Channel.EMAIL)
    assert isinstance(adapter, Memory)
    adapter.clear()
    yield adapter
    adapter.clear()
