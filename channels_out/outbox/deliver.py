import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from threading import Event
from uuid import UUID

from django.db import connection

from channels_out.adapters.registry import at_once_on
from channels_out.channel import Channel
from channels_out.outbox.claim import claim
from channels_out.outbox.claimed import Claim
from channels_out.outbox.line import Answer, line
from channels_out.outbox.record import Result, record

logger = logging.getLogger(__name__)

# How many answers are worth a transaction, and how much one claim takes at most, and one record: what a statement costs
# by itself is shared by more, and half the window is still under way.
ENOUGH = 500
MOST = 750
# SQLite has one writer, and others wait for it.
ALONE = 100

# How much is claimed at once: what is carried, what was carried and is not recorded yet, and what is there when an
# answer comes. A worker that is killed leaves it in doubt, so it is no more for a transport that carries little.
WINDOW = 1500
AHEAD = 3  # times what a transport carries at once

# Of so many senders whose turns are used up one filling looks behind: each is a claim, and answers wait meanwhile.
MOST_SPENT = 20

# Answers that arrive within this time are recorded together. While the window is full nothing else could be begun.
GATHER = 0.05  # seconds
GATHER_WHILE_FULL = 0.2  # seconds

# Providers to be tried again are looked for this often while others are sent to without a pause.
PROBE_EVERY = 5.0  # seconds


def _always() -> bool:
    return True


def drain(limit: int | None = None, *, goes_on: Callable[[], bool] = _always) -> int:
    """Send what is due, at most `limit` and while `goes_on` says so; how many were tried.

    Claim, send and record are three phases that never mix. Sends run in a sliding window: what
    comes back is recorded in small batches while the others are still under way, so one slow
    answer holds up nobody. Returns when nothing is due, and every answer is recorded.

    An error ends the claiming, and is raised once everything under way is recorded.
    """
    window = _Window(limit, goes_on)
    problems = list[Exception]()
    while True:
        try:
            if not problems:
                window.fill()
            if not window.under_way:
                break
            if results := window.answered():
                record(results)
        except Exception as problem:
            logger.exception("Nothing more is claimed")
            problems.append(problem)
    if problems:
        raise problems[0]
    return window.claimed


class _Window:
    """The sends of one drain that are under way, and the answers that nobody has recorded yet."""

    def __init__(self, limit: int | None, goes_on: Callable[[], bool]) -> None:
        self.claimed = 0
        self._carried = Counter[str]()
        self._limit = limit
        self._goes_on = goes_on
        many_writers = connection.features.has_select_for_update_skip_locked
        self._enough, self._most = (ENOUGH, MOST) if many_writers else (ALONE, ALONE)
        self._probes_at = time.monotonic()
        self._answers = deque[Result]()
        self._wanted = 0
        self._are_enough = Event()

    def fill(self) -> None:
        """Claims and begins whole batches until the window is full or nothing more is due."""
        spent = set[UUID]()
        while (room := self._room()) > 0 and self._goes_on():
            known = len(spent)
            claims = claim(room, self._rooms(), probes_too=self._is_time_to_probe(), spent=spent)
            if claims:
                line().send(claims, self._hear)
            self._carried.update(each.delivery.channel for each in claims)
            self.claimed += len(claims)
            if len(claims) < room and not known < len(spent) < MOST_SPENT:
                return

    @property
    def under_way(self) -> int:
        return self._carried.total()

    def answered(self) -> list[Result]:
        """What has come back: once it is worth a transaction, or as much as comes meanwhile."""
        self._wanted = min(self._enough, self.under_way)
        self._are_enough.clear()
        if len(self._answers) < self._wanted:
            self._are_enough.wait(GATHER if self._room() > 0 else GATHER_WHILE_FULL)
        results = [self._answers.popleft() for _ in range(min(self._most, len(self._answers)))]
        self._carried.subtract(each.claim.delivery.channel for each in results if each.claim)
        return results

    def _room(self) -> int:
        left = self._most if self._limit is None else self._limit - self.claimed
        return min(self._most, left, WINDOW - self.under_way)

    def _rooms(self) -> dict[str, int]:
        """How many more messages of each channel may be claimed."""
        return {each: AHEAD * at_once_on(each) - self._carried[each] for each in Channel.values}

    def _hear(self, claim: Claim, answer: Answer) -> None:
        self._answers.append(Result(claim.delivery_id, claim.attempt_id, answer, claim))
        if len(self._answers) >= self._wanted:
            self._are_enough.set()  # and not at each answer: waking a thread costs as much as a send

    def _is_time_to_probe(self) -> bool:
        now = time.monotonic()
        if now < self._probes_at:
            return False
        self._probes_at = now + PROBE_EVERY
        return True
