"""The open streams of this process: server-sent events that say nothing but "look again".

The format is that of https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Set
from random import SystemRandom

from gateway.live.visit import Visit

# A process may hold 1,024 files by default, and each stream is one.
MOST = 800
# Windows that one person looks at; one that is out of sight closes its stream.
MOST_OF_ONE = 20
# Proxies cut a connection that is silent for a minute.
BEAT = 15.0  # seconds
# A page whose stream ended comes back after this; spread, so that after a restart not all come at once.
COME_BACK = (1000, 5000)  # milliseconds

HEARTBEAT = b":\n\n"
LOOK = b"data: look\n\n"
_random = SystemRandom()


class TooManyStreams(Exception):
    """This process holds as many streams as it may."""


class TooManyOfOne(Exception):
    """This person holds as many streams as he may."""


class Stream:
    """One open page. Whatever happens to it meanwhile, it keeps no more than one "look again"."""

    def __init__(self, visit: Visit, beat: float = BEAT) -> None:
        self.visit = visit
        self.beat = beat
        self.has_ended = False
        self._has_news = False
        self._stirred = asyncio.Event()

    def ring(self) -> None:
        """Tells the page to look again."""
        self._has_news = True
        self._stirred.set()

    def end(self) -> None:
        """Ends it. The page asks by the clock until it has another one."""
        self.has_ended = True
        self._stirred.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What goes to the page, until the stream has ended."""
        yield f"retry: {_random.randint(*COME_BACK)}\n\n".encode()
        while not self.has_ended:
            try:
                async with asyncio.timeout(self.beat):
                    await self._stirred.wait()
            except TimeoutError:
                yield HEARTBEAT
                continue
            self._stirred.clear()
            if self._has_news and not self.has_ended:
                self._has_news = False
                yield LOOK


class Streams:
    """Every open stream, up to so many, and up to so many of one person."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self.most = most
        self.most_of_one = most_of_one
        self._open: set[Stream] = set()

    def check(self) -> None:
        """Raises TooManyStreams."""
        if len(self._open) >= self.most:
            raise TooManyStreams

    def add(self, stream: Stream) -> None:
        """Raises TooManyStreams or TooManyOfOne."""
        self.check()
        user_id = stream.visit.user_id
        if sum(other.visit.user_id == user_id for other in self._open) >= self.most_of_one:
            raise TooManyOfOne
        self._open.add(stream)

    def discard(self, stream: Stream) -> None:
        """Forgets a stream whose page has gone."""
        self._open.discard(stream)

    def all(self) -> list[Stream]:
        """Every stream that is open."""
        return list(self._open)

    def of(self, businesses: Set[str]) -> list[Stream]:
        """The streams of those who may have news of one of these businesses."""
        return [stream for stream in self._open if businesses & stream.visit.businesses]

    def end_all(self) -> None:
        """Ends every stream."""
        for stream in self._open:
            stream.end()
