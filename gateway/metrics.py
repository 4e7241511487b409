"""What this process counts of messages that come in, and of the worker's drains. Labels are bounded."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from prometheus_client import Counter, Histogram

from gateway.inbound.messages import Received

# From a batch of one to a window of sends that waits for slow answers.
DRAIN_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120)

MESSAGES = Counter(
    "gateway_messages",
    "Messages that came in, by how they ended.",
    ["channel", "outcome"],
)
DRAINS = Histogram(
    "gateway_drain_seconds",
    "How long one batch of due work took; looks that found nothing are left out.",
    ["work"],
    buckets=DRAIN_SECONDS,
)
DRAINED = Counter("gateway_drained_rows", "Due rows that were worked.", ["work"])
FAILURES = Counter("gateway_drain_failures", "Batches that broke and are tried again.", ["work"])

BRAKED = Counter(
    "gateway_braked",
    "What was not sent because a machine seems to write: notifications, answers by mail, questions.",
    ["what"],
)
STRAYS = Counter(
    "gateway_stray_files",
    "Stored files without a row that were deleted, and attachments whose file is gone.",
    ["what"],
)


def count_received(channel: str, received: Iterable[Received]) -> None:
    """The door in took a message, once the transaction commits."""
    for each in received:
        # What cannot be counted, because the disk is full, is logged and undoes nothing.
        count = partial(_count_message, channel, each.outcome.value)
        transaction.on_commit(count, robust=True)


def observe_drain(work: str, rows: int, seconds: float) -> None:
    """A batch of one kind of work was done."""
    DRAINS.labels(work).observe(seconds)
    DRAINED.labels(work).inc(rows)


def count_failure(work: str) -> None:
    """A batch of one kind of work broke."""
    FAILURES.labels(work).inc()


def count_braked(what: str) -> None:
    """A brake holds something back, once the transaction commits."""
    transaction.on_commit(BRAKED.labels(what).inc, robust=True)


def count_files(what: str, count: int) -> None:
    """So many files were `deleted` as no row points there, or so many attachments lost theirs (`gone`)."""
    STRAYS.labels(what).inc(count)


def _count_message(channel: str, outcome: str) -> None:
    MESSAGES.labels(channel, outcome).inc()
