"""Time: what happens next, one after the other, with the clock of the whole process put to it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import time_machine

Doing = Callable[[], None]


class Agenda:
    """Everything that is going to happen, the earliest first; `now` only moves on."""

    def __init__(self, begin: datetime) -> None:
        self.now = begin
        self._due: list[tuple[datetime, int, Doing]] = []
        self._order = count()

    def at(self, when: datetime, doing: Doing) -> None:
        """Does it then, or at once if that is over."""
        heapq.heappush(self._due, (max(when, self.now), next(self._order), doing))

    def after(self, seconds: float, doing: Doing) -> None:
        """Does it so many seconds from now."""
        self.at(self.now + timedelta(seconds=seconds), doing)

    def run(self) -> None:
        """Lets everything happen, until there is nothing more to come."""
        with time_machine.travel(self.now, tick=False) as clock:
            while self._due:
                self.now, _, doing = heapq.heappop(self._due)
                clock.move_to(self.now)
                doing()
