"""A Redis of our own and the live stream's process, for every test of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from gateway.models import Membership
from tests.live_process import LiveProcess, own_live
from tests.redis_server import RedisServer, own_redis


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with own_redis() as server:
        yield server


@pytest.fixture(scope="module")
def process(django_db_setup: None, redis: RedisServer) -> Iterator[LiveProcess]:
    with own_live(redis.url) as process:
        yield process


@pytest.fixture
def live(process: LiveProcess) -> Iterator[LiveProcess]:
    """The process, on which no page is open."""
    yield process
    process.close_pages()


@pytest.fixture
def news(settings: Any, redis: RedisServer) -> None:
    """What is filed in this process is rung over Redis, as the web server and the workers do."""
    settings.REDIS_URL = redis.url


def sign_in(member: Membership) -> str:
    """The key of a new session of this person."""
    client = Client()
    client.force_login(member.user)
    return client.cookies["sessionid"].value
