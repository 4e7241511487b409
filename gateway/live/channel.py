"""The Redis channel on which processes say whose inbox changed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

from redis import Redis

from gateway.conf import redis_url

CHANNEL = "gateway:inbox"
# The thread that publishes waits for this; a Redis that is slower is as good as down.
PATIENCE = 2.0  # seconds


def publish(business_ids: Iterable[str]) -> None:
    """Says that the inboxes of these businesses changed, in one round trip. Raises redis.RedisError."""
    with _redis(os.getpid(), redis_url()).pipeline(transaction=False) as said:
        for business_id in business_ids:
            said.publish(CHANNEL, business_id)
        said.execute()


@cache
def _redis(pid: int, url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
