"""The Redis channel on which processes say whose inbox changed."""

from __future__ import annotations

import os
from functools import cache

from redis import Redis

from gateway.conf import redis_url

CHANNEL = "gateway:inbox"
# The thread that publishes waits for this; a Redis that is slower is as good as down.
PATIENCE = 2.0  # seconds


def publish(business_id: str) -> None:
    """Says that this business's inbox changed. Raises redis.RedisError."""
    _redis(os.getpid(), redis_url()).publish(CHANNEL, business_id)


@cache
def _redis(pid: int, url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
