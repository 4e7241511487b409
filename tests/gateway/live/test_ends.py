"""What the streams do when something under them goes away: they end, whole and soon."""

from __future__ import annotations

import signal

import pytest

from gateway.models import Membership
from tests.factories import make_message
from tests.gateway.live.conftest import sign_in
from tests.live_process import LiveProcess, own_live
from tests.redis_server import RedisServer

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("news"),
]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_f37_a_stop_ends_the_streams_before_the_server_kills_them(
    redis: RedisServer, ann: Membership, number: int
) -> None:
    with own_live(redis.url) as live:
        session = sign_in(ann)
        pages = [live.open_soon(session) for _ in range(5)]
        assert live.stop(number) == 0
        assert [page.wait_for_end() for page in pages] == ["whole"] * 5


def test_while_redis_is_away_there_is_no_stream_and_then_there_is_again(
    live: LiveProcess, redis: RedisServer, ann: Membership
) -> None:
    session = sign_in(ann)
    page = live.open_soon(session)
    redis.kill()
    assert page.wait_for_end() == "whole"
    refused = live.open(session)
    assert refused.status == 503
    assert refused.words() == "Redis is away."
    redis.start()
    page = live.open_soon(session)
    make_message(ann)
    page.wait_for_looks(1)


def test_it_starts_while_redis_is_away(redis: RedisServer, ann: Membership) -> None:
    session = sign_in(ann)
    redis.kill()
    with own_live(redis.url) as live:
        assert live.open(session).status == 503
        redis.start()
        live.open_soon(session).leave()


def test_a_redis_that_only_lost_us_is_found_again(
    live: LiveProcess, redis: RedisServer, ann: Membership
) -> None:
    session = sign_in(ann)
    page = live.open_soon(session)
    redis.cut_connections()
    page.wait_for_end()
    page = live.open_soon(session)
    make_message(ann)
    page.wait_for_looks(1)
