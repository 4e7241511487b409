"""The one Redis listener of a process; begins anew by itself whenever Redis was away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection

from gateway.live.channel import PATIENCE, channel

PAUSE = 1.0  # seconds before the next try
# A Redis that vanished without a word is missed after twice this time.
SILENCE = 10.0  # seconds
log = logging.getLogger(__name__)


class Listener:
    """Hears whose inbox changed. What is said while it `is_deaf` reaches nobody."""

    def __init__(self, url: str, hear: Callable[[str], None], on_deaf: Callable[[], None]) -> None:
        self.url = url
        self.hear = hear
        self.on_deaf = on_deaf
        self.is_deaf = True
        self._has_said_so = False

    async def run(self) -> None:
        """Listens for ever. Calls `on_deaf` when Redis has gone."""
        while True:
            try:
                await self._listen()
            except Exception:
                if not self._has_said_so:
                    log.warning("Redis is away: open pages ask by the clock", exc_info=True)
                self._has_said_so = self.is_deaf = True
                self.on_deaf()
            await asyncio.sleep(PAUSE)

    async def _listen(self) -> None:
        # The client's own retries would subscribe again without a word of what was missed.
        redis = Redis.from_url(
            self.url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
        )
        async with redis, redis.pubsub() as wire:
            await wire.subscribe(channel())
            while True:
                self._take(await _next(wire))

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._has_said_so = self.is_deaf = False
        elif message["type"] == "message":
            self.hear(message["data"].decode(errors="replace"))


async def _next(wire: PubSub) -> dict[str, Any]:
    """The next message, or the answer to a question whether Redis is there. Raises what the client raises."""
    message = await wire.get_message(timeout=SILENCE)
    if message is None:
        await wire.ping()
        message = await wire.get_message(timeout=SILENCE)
    if message is None:
        raise NoConnection("it does not answer")
    return dict(message)
