"""A provider that takes every message: `python -m tests.benchmarks.provider PORT DELAY`, the delay in seconds.

It speaks as much of HTTP and of Twilio's API as sending needs, and remembers when each request came:
https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
A real one is another machine's work, so this one does as little as it can on the machine that is measured: no
framework, whose work on each request would be a good part of what is measured.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
import time
from urllib.parse import unquote_plus

BACKLOG = 1024  # connections that wait to be taken
MESSAGES = re.compile(rb"POST /2010-04-01/Accounts/([^/]+)/Messages\.json ")
LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)
BODY = re.compile(rb"(?:^|&)Body=([^&]*)")


class Provider:
    """Answers 201 with an id of its own after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._numbers = itertools.count(1)
        self._came: dict[str, float] = {}

    def answer(self, head: bytes, body: bytes, transport: asyncio.Transport) -> None:
        """One request, answered at once or later."""
        if found := MESSAGES.match(head):
            self._create(found[1], body, transport)
        elif head.startswith(b"GET /came "):
            came, self._came = self._came, {}
            transport.write(_response(b"200 OK", json.dumps(came).encode()))
        else:
            transport.write(_response(b"200 OK", b""))

    def _create(self, account: bytes, body: bytes, transport: asyncio.Transport) -> None:
        if said := BODY.search(body):
            self._came[unquote_plus(said[1].decode())] = time.monotonic()
        created = (
            b'{"sid": "SM%032x", "status": "queued", "account_sid": "%b", "error_code": null}'
            % (next(self._numbers), account)
        )
        response = _response(b"201 Created", created)
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, transport.write, response)
        else:
            transport.write(response)


class Connection(asyncio.Protocol):
    """One client, whose requests come one after the other."""

    _transport: asyncio.Transport

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, rest = self._read.partition(b"\r\n\r\n")
        length = int(found[1]) if (found := LENGTH.search(head)) else 0
        if end and len(rest) >= length:
            self._read = rest[length:]
            self._provider.answer(head, rest[:length], self._transport)


def _response(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


async def serve(port: int, delay: float) -> None:
    """Until it is killed."""
    provider, loop = Provider(delay), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(provider), "127.0.0.1", port, backlog=BACKLOG
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
