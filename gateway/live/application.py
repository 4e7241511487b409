"""The live stream as an ASGI application of its own: it tells open pages to look again.

https://asgi.readthedocs.io/en/latest/specs/www.html. No middleware runs: a stream needs the session's cookie alone.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import parse_cookie

from gateway.live.listener import Listener
from gateway.live.news import News
from gateway.live.questions import ask
from gateway.live.streams import Stream, Streams, TooManyOfOne, TooManyStreams
from gateway.live.visit import Visit, visit_of

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
STREAM_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would gather events until its buffer is full
    (b"x-content-type-options", b"nosniff"),
]
REFUSAL_HEADERS = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
log = logging.getLogger(__name__)


class Refused(Exception):
    """No stream, and why: a status, and a sentence for whoever looks at the answer."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class LiveStream:
    """Serves the stream on one path, fed by one Redis. It begins and ends with the ASGI lifespan."""

    def __init__(self, path: str, redis_url: str) -> None:
        self.path = path
        self.is_stopping = False
        self.streams = Streams()
        self.news = News(self.streams)
        self.listener = Listener(redis_url, self.news.hear, self.streams.end_all)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        works = (self.listener.run(), self.news.pass_on(), self.news.look_around())
        tasks = [asyncio.create_task(work) for work in works]
        for number in STOP_SIGNALS:
            _hear(number, self._stop)
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        for task in tasks:
            task.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    def _stop(self) -> None:
        self.is_stopping = True
        self.streams.end_all()

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            stream = await self._open(scope)
        except Refused as refused:
            await _refuse(send, refused)
            return
        leaving = asyncio.create_task(_leave(stream, receive))
        try:
            await _pour(stream, send)
        finally:
            leaving.cancel()
            self.streams.discard(stream)

    async def _open(self, scope: Message) -> Stream:
        """An open stream. Raises Refused."""
        if (scope["method"], scope["path"]) != ("GET", self.path):
            raise Refused(HTTPStatus.NOT_FOUND, "There is nothing but the stream here.")
        if not (session_key := _session_key(scope)):
            raise Refused(HTTPStatus.UNAUTHORIZED, "Sign in first.")
        self._check()
        stream = Stream(await _visit_of(session_key))
        self._check()  # it has changed meanwhile, perhaps
        try:
            self.streams.add(stream)
        except TooManyOfOne as error:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS, "Too many of your pages are open."
            ) from error
        return stream

    def _check(self) -> None:
        """Raises Refused while no stream can be opened for anybody."""
        if self.is_stopping:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "The stream is being stopped.")
        if self.listener.is_deaf:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Redis is away.")
        try:
            self.streams.check()
        except TooManyStreams as error:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too many pages are open.") from error


def _hear(number: int, stop: Callable[[], None]) -> None:
    """Has `stop` called in the loop on this signal, before what the server does on it.

    Servers say nothing to an application that is still answering: they wait for it, and kill it in the end.
    """
    server = signal.getsignal(number)
    if not callable(server):
        return  # the signal ends the process at once
    loop = asyncio.get_running_loop()

    def hear(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        server(number, frame)

    signal.signal(number, hear)


def _session_key(scope: Message) -> str:
    headers = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    return parse_cookie("; ".join(headers)).get(settings.SESSION_COOKIE_NAME, "")


async def _visit_of(session_key: str) -> Visit:
    """Who is signed in. Raises Refused."""
    try:
        visit = await ask(visit_of, session_key)
    except DatabaseError as error:
        log.warning("Nobody can be let in while the database is away: %s", error)
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "The database is away.") from error
    if visit is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "Sign in first.")
    return visit


async def _refuse(send: Send, refused: Refused) -> None:
    start = {"type": "http.response.start", "status": int(refused.status)}
    await send({**start, "headers": REFUSAL_HEADERS})
    await send({"type": "http.response.body", "body": f"{refused}\n".encode()})


async def _pour(stream: Stream, send: Send) -> None:
    start = {"type": "http.response.start", "status": int(HTTPStatus.OK)}
    await send({**start, "headers": STREAM_HEADERS})
    async for chunk in stream.chunks():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _leave(stream: Stream, receive: Receive) -> None:
    """Ends the stream when its page has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()
