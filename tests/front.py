"""One address before several web processes, as a proxy in production: each request goes to the next one that is up."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    web,
)
from multidict import CIMultiDict
from yarl import URL

# Of one connection only; the others are the proxy's own to write.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
LARGEST = 64 * 1024 * 1024  # bytes


@contextmanager
def front(port: int, web_ports: Sequence[int]) -> Iterator[None]:
    """Listens on `port` while the context lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="front", daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_serve(port, web_ports), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _serve(port: int, web_ports: Sequence[int]) -> web.AppRunner:
    passing = _Passing(web_ports)
    application = web.Application(client_max_size=LARGEST)
    application.router.add_route("*", "/{path:.*}", passing.on)
    application.on_cleanup.append(passing.close)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=512).start()
    return runner


class _Passing:
    def __init__(self, web_ports: Sequence[int]) -> None:
        self.web_ports = web_ports
        self.turns = itertools.count()
        # Whoever asked waits as long as he likes, and his cookies are his own.
        self.session = ClientSession(
            auto_decompress=False, timeout=ClientTimeout(total=None), cookie_jar=DummyCookieJar()
        )

    async def on(self, request: web.Request) -> web.Response:
        """The answer of the next process; 502 where none is up, or one went away while it worked."""
        body = await request.read()
        first = next(self.turns)
        for turn in range(len(self.web_ports)):
            port = self.web_ports[(first + turn) % len(self.web_ports)]
            try:
                return await self._ask(port, request, body)
            except ClientConnectorError:
                continue  # it has not begun, so another may
            except ClientError:
                break
        return web.Response(status=502)

    async def _ask(self, port: int, request: web.Request, body: bytes) -> web.Response:
        url = f"http://127.0.0.1:{port}{request.raw_path}"
        headers = [(name, value) for name, value in request.headers.items() if _passes(name)]
        async with self.session.request(
            request.method,
            URL(url, encoded=True),
            data=body,
            # A new connection each: one that the process closed meanwhile could lose a request.
            headers=[*headers, ("Connection", "close")],
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
            back = [(name, value) for name, value in answer.headers.items() if _passes(name)]
            return web.Response(status=answer.status, body=content, headers=CIMultiDict(back))

    async def close(self, _: web.Application) -> None:
        await self.session.close()


def _passes(name: str) -> bool:
    return name.lower() not in HOP_BY_HOP
