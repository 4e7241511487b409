"""What stands in front in production: one origin for the web server and the live stream's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from aiohttp import (
    ClientConnectionError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    web,
)

from tests.live_process import PATH

FOR_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
START_SECONDS = 30.0


class OneOrigin:
    """A small proxy: the path of the stream goes to one server, all else to another."""

    def __init__(self, web_url: str, live_url: str) -> None:
        self.web_url = web_url
        self.live_url = live_url
        self.started: Future[str] = Future()

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        """Asks the server behind, and hands on what it says as it says it; 502 where it is gone."""
        behind = self.live_url if request.path == PATH else self.web_url
        try:
            async with self.client.request(
                request.method,
                behind + request.raw_path,
                headers=request.headers,
                data=await request.read(),
                allow_redirects=False,
            ) as answer:
                return await self._hand_back(request, answer)
        except ClientConnectionError:
            return web.Response(status=502)

    async def _hand_back(self, request: web.Request, answer: ClientResponse) -> web.StreamResponse:
        headers = [(k, v) for k, v in answer.headers.items() if k.lower() not in FOR_ONE_HOP]
        response = web.StreamResponse(status=answer.status)
        response.headers.extend(headers)
        await response.prepare(request)
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        await response.write_eof()
        return response

    async def serve(self) -> None:
        """Listens on a free port, whose URL `started` gets, until `stop`."""
        self.loop, self.stopped = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.pass_on)
        runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        async with ClientSession(
            auto_decompress=False, cookie_jar=DummyCookieJar(), timeout=ClientTimeout()
        ) as self.client:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.started.set_result(f"http://127.0.0.1:{runner.addresses[0][1]}")
            await self.stopped.wait()
            await runner.cleanup()

    def stop(self) -> None:
        """Ends it, from another thread."""
        self.loop.call_soon_threadsafe(self.stopped.set)


@contextmanager
def one_origin(web_url: str, live_url: str) -> Iterator[str]:
    """The URL of a running proxy."""
    origin = OneOrigin(web_url, live_url)
    thread = threading.Thread(target=lambda: asyncio.run(origin.serve()), daemon=True)
    thread.start()
    yield origin.started.result(START_SECONDS)
    origin.stop()
    thread.join()
