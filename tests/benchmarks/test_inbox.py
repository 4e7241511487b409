"""What reading an inbox costs, and how the cost grows with the number of conversations."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

import pytest
import requests

from tests.benchmarks.databases import database
from tests.benchmarks.installation import Installation, installed
from tests.benchmarks.report import Figure, Goal
from tests.benchmarks.size import QUICK, ROUNDS

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
SIZES = (10_000, 50_000) if QUICK else (10_000, 100_000, 1_000_000)
# Of each kind of page in a round.
ASKED = 20
WITHIN = Goal(at_most=1.5)
SEARCH_WITHIN = Goal(at_most=25)  # ms
KINDS = {
    "page": "Inbox, first page",
    "deep": "Inbox, page in the middle",
    "counts": "Unread counts",
}


@dataclass
class Inbox:
    """The inbox of one size: how to ask for it, and what was measured, in ms by kind of question."""

    size: int
    product: Installation
    web: str
    token: str
    session: str
    middle: str
    searches: list[str]
    taken: dict[str, list[float]] = field(default_factory=dict)

    def measure(self) -> None:
        """One round, by HTTP and by the bare queries."""
        rest = f"{self.web}/api/business/messages/"
        asked = {
            "dashboard page": self._dashboard(f"{self.web}/"),
            "dashboard deep": self._dashboard(f"{self.web}/?after={self.middle}"),
            "REST page": self._rest(rest),
            "REST deep": self._rest(rest, cursor=f"a{self.middle}"),
            "REST counts": self._rest(f"{rest}unread/"),
        }
        for name, ask in asked.items():
            self.taken.setdefault(name, []).append(median(_timed(ask) for _ in range(ASKED)))
        searches = [_timed(self._rest(rest, q=words)) for words in self.searches]
        self.taken.setdefault("REST search", []).append(_p95(searches))
        for name, taken in self.product.run("inboxes", "ask", str(ASKED)).items():
            value = _p95(taken) if name == "search" else median(taken)
            self.taken.setdefault(f"query {name}", []).append(value)

    def _dashboard(self, url: str) -> Callable[[], requests.Response]:
        session = requests.Session()
        session.headers["Cookie"] = f"sessionid={self.session}"
        return lambda: session.get(url, timeout=60, allow_redirects=False)

    def _rest(self, url: str, **query: str) -> Callable[[], requests.Response]:
        session = requests.Session()
        session.headers["Authorization"] = f"Token {self.token}"
        return lambda: session.get(url, params=query, timeout=60)


@pytest.fixture(scope="module")
def inboxes(empty, tmp_path_factory) -> Iterator[list[Inbox]]:
    """One of each size, each with a database and a web process of its own."""
    with ExitStack() as stack:
        yield [
            _inbox(stack, size, empty, tmp_path_factory.mktemp(f"inbox{size}")) for size in SIZES
        ]


def test_inbox(report, inboxes):
    """All sizes in turn; of the largest the ratio to the smallest says whether size costs anything."""
    for _ in range(ROUNDS):
        for inbox in inboxes:
            inbox.measure()
    smallest, *_, largest = inboxes
    for name in smallest.taken:
        how, _, kind = name.partition(" ")
        beside = f"at {smallest.size:,}"
        goal = WITHIN if kind in KINDS else None
        for inbox in inboxes[1:]:
            what = f"{KINDS.get(kind, 'Search, 95th percentile of 200')}, {how}, at {inbox.size:,}"
            rounds, reference = inbox.taken[name], smallest.taken[name]
            is_judged = goal if inbox is largest else None
            report.add(Figure("inbox", what, "ms", rounds, beside, reference, is_judged))
    for name in ("query search", "REST search"):
        what = f"Search, 95th percentile, {name.partition(' ')[0]}, at {largest.size:,}"
        report.add(Figure("inbox", what, "ms", largest.taken[name], goal=SEARCH_WITHIN))


def _inbox(stack: ExitStack, size: int, empty: str, folder: Any) -> Inbox:
    url = stack.enter_context(database(f"inbox_{size}", empty))
    product = stack.enter_context(installed(folder, url))
    made = product.run("inboxes", "fill", str(size))
    return Inbox(size, product, product.start_web(), **made)


def _timed(ask: Callable[[], requests.Response]) -> float:
    begun = time.perf_counter()
    answer = ask()
    taken = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, answer.text
    return taken


def _p95(taken: list[float]) -> float:
    return quantiles(taken, n=20)[-1]
