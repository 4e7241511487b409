"""A line to a server that can be made slow or be cut: a TCP proxy that holds back what the server says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.product import free_ports

CHUNK = 65_536  # bytes


@dataclass
class SlowLine:
    """Listens on `port` for a server on another; `delay` is seconds for each thing that the server says.

    When the server says what contains `swallows`, nobody hears it and the connection is cut, once.
    """

    port: int
    server_port: int
    delay: float = 0.0
    swallows: bytes = b""
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        with self._open(writer), suppress(OSError):
            from_there, to_there = await asyncio.open_connection("127.0.0.1", self.server_port)
            with self._open(to_there):
                await asyncio.gather(
                    self._carry(reader, to_there, slowly=False),
                    self._carry(from_there, writer, slowly=True),
                )

    @contextmanager
    def _open(self, end: asyncio.StreamWriter) -> Iterator[None]:
        self.ends.add(end)
        try:
            yield
        finally:
            self.ends.discard(end)
            end.close()

    async def _carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, slowly: bool
    ) -> None:
        with suppress(OSError):
            while said := await source.read(CHUNK):
                if slowly:
                    await asyncio.sleep(self.delay)
                    if self.swallows and self.swallows in said:
                        self.swallows = b""
                        break
                target.write(said)
                await target.drain()
        target.close()


@contextmanager
def slow_line(server_port: int) -> Iterator[SlowLine]:
    """A line that is quick at first, open while the context lasts."""
    line = SlowLine(free_ports(1)[0], server_port)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="slow line", daemon=True)
    thread.start()
    listening = asyncio.start_server(line.take, "127.0.0.1", line.port, backlog=128)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
    try:
        yield line
    finally:
        asyncio.run_coroutine_threadsafe(_end(server, line), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: asyncio.Server, line: SlowLine) -> None:
    """Cuts every connection, and waits until whoever serves one has seen it."""
    server.close()
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for end in line.ends:
            end.transport.abort()
        await asyncio.wait(others, timeout=0.1)
