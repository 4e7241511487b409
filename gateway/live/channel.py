"""The Redis channel on which processes say whose inbox changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

from redis import Redis

from gateway.conf import public_url, redis_url

# The thread that publishes waits for this; a Redis that is slower is as good as down.
PATIENCE = 2.0  # seconds


def channel() -> str:
    """The channel's name: the numbers of Redis' databases do not part channels, so each site has one of its own."""
    return f"gateway:inbox:{public_url()}"


def publish(business_ids: Iterable[str]) -> None:
    """Says that the inboxes of these businesses changed, in one round trip. Raises redis.RedisError."""
    name = channel()
    with _redis(os.getpid(), redis_url()).pipeline(transaction=False) as said:
        for business_id in business_ids:
            said.publish(name, business_id)
        said.execute()


@cache
def _redis(pid: int, url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
