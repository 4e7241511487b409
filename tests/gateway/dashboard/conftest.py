"""A business with its owner at the keyboard, and a customer who wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from channels_out.adapters.memory import Memory
from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.errors import BadAddress
from channels_out.outbox import drain
from gateway.models import CustomerMessage, Membership, MessageReply
from tests.factories import make_business, make_member, make_message, make_reply


@dataclass(frozen=True)
class Provider:
    """The world outside, which takes every message, refuses it, or loses the line."""

    memory: Memory

    def refuse(self, message: CustomerMessage, member: Membership) -> MessageReply:
        """An answer that the provider refuses."""
        drain()
        reply = make_reply(message, member)
        self.memory.answers.append(BadAddress())
        drain()
        return reply

    def lose(self, message: CustomerMessage, member: Membership) -> MessageReply:
        """An answer of which nobody knows whether it went out."""
        drain()
        reply = make_reply(message, member)
        self.memory.asks = ""
        self.memory.loses_answers = True
        drain()
        self.memory.asks = "memory"
        self.memory.loses_answers = False
        return reply


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """A provider in memory under every channel."""
    path = "channels_out.adapters.memory.Memory"
    settings.CHANNEL_ADAPTERS = {str(channel): path for channel in Channel}
    memory = adapter_for(Channel.EMAIL)
    assert isinstance(memory, Memory)
    memory.clear()
    yield Provider(memory)
    memory.clear()


@pytest.fixture(autouse=True)
def nobody_tried_before() -> Iterator[None]:
    """Brakes begin anew: they keep their count in the cache."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ann(db) -> Membership:
    """The owner of Ann's Bikes."""
    return make_member(make_business("Ann's Bikes"))


@pytest.fixture
def browser(ann: Membership) -> Client:
    """Ann's signed-in browser."""
    return client_of(ann)


@pytest.fixture
def message(ann: Membership) -> CustomerMessage:
    """What a customer wrote to Ann."""
    return make_message(ann, "Is the blue bike still there?")


def client_of(member: Membership) -> Client:
    """The signed-in browser of a member."""
    client = Client()
    client.force_login(member.user)
    return client
