"""Passes news on to the streams it concerns: gathered, and only to those who may have it at this moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from gateway.live.questions import ask
from gateway.live.streams import Stream, Streams
from gateway.live.visit import lasting

# News that comes within this time is one piece, and one question about access.
GATHER = 0.1  # seconds
# How long a stream outlives a sign-out, or does without a new business's news, while nothing happens.
LOOK_AROUND = 60.0  # seconds
log = logging.getLogger(__name__)


class News:
    """What has been heard and not passed on yet."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams
        self._changed: set[str] = set()
        self._heard = asyncio.Event()

    def hear(self, business_id: str) -> None:
        """Notes that a business's inbox changed."""
        self._changed.add(business_id)
        self._heard.set()

    async def pass_on(self) -> None:
        """Rings the streams of whatever is heard, for ever."""
        while True:
            await self._heard.wait()
            await asyncio.sleep(GATHER)
            self._heard.clear()
            changed, self._changed = self._changed, set()
            for stream in await self._entitled(self.streams.of(changed)):
                stream.ring()

    async def look_around(self) -> None:
        """Ends the streams that are no longer what they were, now and then, for ever."""
        while True:
            await asyncio.sleep(LOOK_AROUND)
            await self._entitled(self.streams.all())

    async def _entitled(self, streams: Collection[Stream]) -> list[Stream]:
        """Those who may still have what they could have when they came; the others are ended."""
        if not streams:
            return []
        try:
            still = await ask(lasting, {stream.visit for stream in streams})
        except Exception:
            log.exception("Access cannot be checked: %s streams are ended", len(streams))
            still = set()
        for stream in streams:
            if stream.visit not in still:
                stream.end()
        return [stream for stream in streams if stream.visit in still]
