"""What this process counts of deliveries. Labels are bounded: never an address, never an id.

Nothing here touches the database: a count costs microseconds, in memory, or in a file mapped into it where
PROMETHEUS_MULTIPROC_DIR is set.
"""

from collections import defaultdict
from functools import cache, partial

from django.db import transaction
from prometheus_client import Counter, Histogram

from channels_out.signals import Change
from channels_out.state import ARRIVED, UNFINISHED, State

# From a provider next door to the longest time that an adapter waits for one.
ANSWER_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# From at once, through the pace of a sender, to a provider that was away for hours.
SEND_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 21600)
NOBODY = "none"  # no provider has taken it yet

MOVES = Counter(
    "gateway_deliveries",
    "Deliveries that reached a state.",
    ["channel", "provider", "state"],
)
ANSWERS = Histogram(
    "gateway_provider_answer_seconds",
    "From the beginning of one try to the provider's answer.",
    ["channel", "outcome"],
    buckets=ANSWER_SECONDS,
)
SENT = Histogram(
    "gateway_delivery_sent_seconds",
    "From when a delivery was queued until a provider took it.",
    ["channel"],
    buckets=SEND_SECONDS,
)


def count_queued(channel: str) -> None:
    """One delivery was queued, once the transaction commits."""
    _once_committed(partial(_count, channel, NOBODY, State.QUEUED))


def count_moves(changes: list[Change]) -> None:
    """Deliveries moved, once the transaction commits."""
    _once_committed(partial(_count_moves, changes))


def observe_answer(channel: str, outcome: str, seconds: float) -> None:
    """A provider answered one try, after so many seconds; `outcome` is "sent" or an error's code."""
    ANSWERS.labels(channel, outcome).observe(seconds)


def _once_committed(count: partial[None]) -> None:
    # What cannot be counted, because the disk is full, is logged and undoes nothing.
    transaction.on_commit(count, robust=True)


def _count_moves(changes: list[Change]) -> None:
    alike = defaultdict[tuple[str, str, State, State], list[Change]](list)
    for each in changes:
        alike[each.channel, each.provider, each.previous_state, each.state].append(each)
    for (channel, provider, previous, now), those in alike.items():
        passed = _passed(previous, now)
        for state in passed:
            _count(channel, provider or NOBODY, state, len(those))
        if State.SENT in passed:
            _observe_sent(channel, those)


def _observe_sent(channel: str, changes: list[Change]) -> None:
    waited = SENT.labels(channel)
    for change in changes:
        if change.sent_at:
            waited.observe(max((change.sent_at - change.queued_at).total_seconds(), 0.0))


@cache
def _passed(previous: State, now: State) -> list[State]:
    """The states that a move passes: a report may overtake the answer that says "sent"."""
    passed = []
    if now in ARRIVED and previous in UNFINISHED:
        passed.append(State.SENT)
    if now == State.READ and previous not in (State.DELIVERED, State.READ):
        passed.append(State.DELIVERED)
    if now not in (previous, State.SENT):
        passed.append(now)
    return passed


def _count(channel: str, provider: str, state: State, number: int = 1) -> None:
    MOVES.labels(channel, provider, state.value).inc(number)
