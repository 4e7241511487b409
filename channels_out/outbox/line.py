import asyncio
import atexit
import os
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache, partial
from threading import Thread
from typing import Any, TypeVar

from structlog.contextvars import bind_contextvars

from channels_out.adapters.base import Adapter
from channels_out.adapters.registry import adapter_for
from channels_out.errors import NotStarted, SendError
from channels_out.metrics import observe_answer
from channels_out.outbox.claimed import Claim
from channels_out.outgoing import Outgoing, Sent

T = TypeVar("T")

Hear = Callable[[Claim, "asyncio.Task[Sent]"], None]

CLOSE_WITHIN = 20.0  # seconds: a little longer than the slowest answer


class Line:
    """An event loop in a thread of its own, for the life of the process.

    Connections stay open from one drain to the next, and a pause in the database delays no
    answer. Nothing on this thread touches the database.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._gates: dict[Adapter, asyncio.Semaphore] = {}
        self._sends: set[asyncio.Task[Sent]] = set()  # the loop itself would let them be forgotten
        self._thread = Thread(target=self._loop.run_forever, name="outbox", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def send(self, claims: list[Claim], hear: Hear) -> None:
        """Begin these sends; `hear` is called on this thread as each ends, with the answer or the error."""
        self._loop.call_soon_threadsafe(self._begin, claims, hear)

    def run(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Begin any work on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop.is_closed() or self._pid != os.getpid():
            return  # a forked child inherits this object, but not its thread
        self.run(self._close_adapters()).result(CLOSE_WITHIN)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_WITHIN)
        self._loop.close()

    def _begin(self, claims: list[Claim], hear: Hear) -> None:
        for claim in claims:
            send = self._loop.create_task(self._send(claim))
            self._sends.add(send)
            send.add_done_callback(partial(self._end, claim, hear))

    def _end(self, claim: Claim, hear: Hear, send: "asyncio.Task[Sent]") -> None:
        self._sends.discard(send)
        hear(claim, send)

    async def _send(self, claim: Claim) -> Sent:
        bind_contextvars(delivery_id=str(claim.delivery_id))  # of this task's own context
        adapter = adapter_for(claim.outgoing.channel)
        if (early := claim.start_at - time.monotonic()) > 0:
            await asyncio.sleep(early)
        async with self._gate(adapter):
            if time.monotonic() > claim.start_by:
                raise NotStarted
            return await _timed(adapter, claim.outgoing)

    def _gate(self, adapter: Adapter) -> asyncio.Semaphore:
        if adapter not in self._gates:
            self._gates[adapter] = asyncio.Semaphore(adapter.at_once)
        return self._gates[adapter]

    async def _close_adapters(self) -> None:
        for adapter in self._gates:
            await adapter.close()


async def _timed(adapter: Adapter, outgoing: Outgoing) -> Sent:
    outcome, began = "broke", time.monotonic()
    try:
        sent = await adapter.send(outgoing)
        outcome = "sent"
    except SendError as error:
        outcome = error.code
        raise
    else:
        return sent
    finally:
        observe_answer(outgoing.channel, outcome, time.monotonic() - began)


def line() -> Line:
    """The line of this process; a forked child gets its own."""
    return _line_of(os.getpid())


@cache
def _line_of(pid: int) -> Line:
    return Line()
