import asyncio
import atexit
import logging
import os
import time
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from threading import Thread
from typing import Any, TypeVar

from structlog.contextvars import bind_contextvars

from channels_out.adapters.base import Adapter
from channels_out.adapters.registry import adapter_for
from channels_out.error_text import without_rows
from channels_out.errors import NotStarted, SendError, Uncertain
from channels_out.metrics import observe_answer
from channels_out.outbox.claimed import Claim
from channels_out.outgoing import Sent

logger = logging.getLogger(__name__)

T = TypeVar("T")

Answer = Sent | SendError
Hear = Callable[[Claim, Answer], None]

# By so much a sender may be late and make up for it.
LATE = 0.1  # seconds

CLOSE_WITHIN = 20.0  # seconds: a little longer than the slowest answer


class Line:
    """An event loop in a thread of its own, for the life of the process.

    Connections stay open from one drain to the next, and a pause in the database delays no
    answer. Nothing on this thread touches the database.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._crews: dict[Adapter, _Crew] = {}
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
        by_channel = defaultdict[str, list[Claim]](list)
        for claim in claims:
            by_channel[claim.outgoing.channel].append(claim)
        for channel, theirs in by_channel.items():
            try:
                crew = self._crew_of(adapter_for(channel))
            except Exception as error:  # noqa: BLE001 - it becomes each one's answer
                for claim in theirs:
                    hear(claim, _as_answer(claim, error))
            else:
                crew.take(theirs, hear)

    def _crew_of(self, adapter: Adapter) -> "_Crew":
        if adapter not in self._crews:
            self._crews[adapter] = _Crew(adapter, self._loop)
        return self._crews[adapter]

    async def _close_adapters(self) -> None:
        for adapter in self._crews:
            await adapter.close()


class _Crew:
    """Carries what one adapter sends: as many at once as it takes, each carrier one after the other."""

    def __init__(self, adapter: Adapter, loop: asyncio.AbstractEventLoop) -> None:
        self._adapter = adapter
        self._loop = loop
        self._waiting = deque[tuple[Claim, Hear]]()
        self._next: dict[tuple[str, str], float] = {}  # each sender's turn, on the monotonic clock
        self._carriers: set[asyncio.Task[None]] = (
            set()
        )  # the loop itself would let them be forgotten

    def take(self, claims: list[Claim], hear: Hear) -> None:
        self._waiting.extend((claim, hear) for claim in claims)
        for _ in range(min(len(claims), self._adapter.at_once - len(self._carriers))):
            self._start()

    def _start(self) -> None:
        self._carriers.add(self._loop.create_task(self._carry()))

    async def _carry(self) -> None:
        try:
            await self._carry_all()
        finally:
            # Here and not when the loop hears of its end: until then it would pass for one who is at work.
            self._carriers.discard(asyncio.current_task())
            if self._waiting:
                self._start()  # it broke off

    async def _carry_all(self) -> None:
        while self._waiting:
            claim, hear = self._waiting.popleft()
            bind_contextvars(delivery_id=claim.delivery_id)  # of this task's own context
            try:
                answer: Answer = await self._send(claim)
            except asyncio.CancelledError:
                hear(claim, Uncertain("This process ended meanwhile."))
                raise
            except Exception as error:  # noqa: BLE001 - it becomes the answer
                answer = _as_answer(claim, error)
            hear(claim, answer)

    async def _send(self, claim: Claim) -> Sent:
        if (early := self._turn_of(claim) - time.monotonic()) > 0:
            await asyncio.sleep(early)
        began = time.monotonic()
        if began > claim.start_by:
            raise NotStarted
        outcome = "broke"
        try:
            sent = await self._adapter.send(claim.outgoing)
            outcome = "sent"
        except SendError as error:
            outcome = error.code
            raise
        finally:
            observe_answer(claim.outgoing.channel, outcome, time.monotonic() - began)
        return sent

    def _turn_of(self, claim: Claim) -> float:
        """When it may begin: those of a sender that waited for a carrier do not make up for it all at once."""
        origin = (
            claim.outgoing.channel,
            claim.outgoing.sender_address,
        )  # one number may be two senders
        turn = max(claim.start_at, self._next.get(origin, 0.0), time.monotonic() - LATE)
        self._next[origin] = turn + claim.gap
        return turn


def _as_answer(claim: Claim, error: Exception) -> SendError:
    if isinstance(error, SendError):
        return error
    logger.error("Attempt %s broke", claim.attempt_id, exc_info=error)
    return Uncertain(without_rows(repr(error)))


def line() -> Line:
    """The line of this process; a forked child gets its own."""
    return _line_of(os.getpid())


@cache
def _line_of(pid: int) -> Line:
    return Line()
