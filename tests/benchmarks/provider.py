"""A provider that takes every message: `python -m tests.benchmarks.provider PORT DELAY`, the delay in seconds.

It speaks as much of Twilio's API as sending needs, and remembers when each request came:
https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time

from aiohttp import web

MESSAGES = "/2010-04-01/Accounts/{account}/Messages.json"


class Provider:
    """Answers 201 with an id of its own after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._numbers = itertools.count(1)
        self._came: dict[str, float] = {}

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [web.post(MESSAGES, self.create), web.get("/came", self.came), web.get("/", self.ready)]
        )
        return application

    async def create(self, request: web.Request) -> web.Response:
        """Takes one message."""
        at = time.monotonic()
        form = await request.post()
        self._came[str(form["Body"])] = at
        await asyncio.sleep(self._delay)
        account = request.match_info["account"]
        sid = f"SM{next(self._numbers):032x}"
        answer = {"sid": sid, "status": "queued", "account_sid": account, "error_code": None}
        return web.json_response(answer, status=201)

    async def came(self, request: web.Request) -> web.Response:
        """When each text came, by this machine's monotonic clock in seconds; forgets them."""
        came, self._came = self._came, {}
        return web.json_response(came)

    async def ready(self, request: web.Request) -> web.Response:
        return web.Response()


if __name__ == "__main__":
    port, delay = int(sys.argv[1]), float(sys.argv[2])
    web.run_app(Provider(delay).application(), host="127.0.0.1", port=port, access_log=None)
