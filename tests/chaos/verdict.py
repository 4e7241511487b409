"""What the database says at the end, beside what the provider knows: the figures, and the rules among them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.large import Large

# What the lanes of the run begin with; what the gateway writes beside, to tell of failures, has others.
LANE = "chaos "
# Every change of a delivery's state, written by the database itself.
WATCH = """
CREATE TABLE chaos_move (id bigserial PRIMARY KEY, delivery uuid, channel text, was text, became text);
CREATE FUNCTION chaos_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos_move (delivery, channel, was, became) VALUES (new.id, new.channel, old.state, new.state);
    RETURN NULL; END $$;
CREATE TRIGGER chaos_watch AFTER UPDATE OF state ON channels_out_delivery FOR EACH ROW
    WHEN (old.state IS DISTINCT FROM new.state) EXECUTE FUNCTION chaos_note();
"""
# What is still on its way, for a worker or for the clock.
ON_ITS_WAY = """
SELECT (SELECT count(*) FROM channels_out_delivery
        WHERE state IN ('queued', 'sending') OR (state = 'in_doubt' AND due_at IS NOT NULL)),
       (SELECT count(*) FROM gateway_webhooks_inboundevent WHERE state = 'due')
"""
ENDED = """
SELECT count(*) FROM channels_out_delivery
WHERE state NOT IN ('queued', 'sending') AND (state != 'in_doubt' OR due_at IS NULL)
"""
DELIVERIES = """
SELECT id::text, channel, to_address, lane, on_doubt, state, due_at IS NULL, error_name, message_id
FROM channels_out_delivery ORDER BY id
"""
# A later word is better evidence, whichever came first; the others are of before the provider had it.
STRONGER = {
    "sms": ("sent", "failed", "delivered", "read"),
    "email": ("sent", "delivered", "read", "failed"),
}
OURS = {
    "delivered": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "Delivery": "delivered",
    "Bounce": "failed",
}
ACCEPTED = {"sent", "delivered", "read"}


@dataclass(frozen=True)
class Message:
    """One delivery at the end, and what the provider took of it, in its order."""

    id: str
    channel: str
    to: str
    lane: str
    on_doubt: str
    state: str
    has_no_date: bool
    error: str
    message_id: str
    taken: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_to_customer(self) -> bool:
        """Else it is a notice to its owner, which may come twice under one Message-ID."""
        return self.on_doubt == "ask"

    @property
    def end(self) -> str:
        """Where it stands, in the words of the table; what is on its way has no end."""
        if self.state == "failed" and self.error:
            return f"failed: {self.error.replace('_', ' ')}"
        if self.state == "in_doubt" and self.has_no_date:
            return "in doubt, waits for a person's word"
        return self.state if self.state in ACCEPTED | {"cancelled"} else ""

    @property
    def last_words(self) -> set[str]:
        """The states that the provider's best word stands for, of each time it took this."""
        return {
            max(
                ["sent", *(OURS.get(word, "sent") for word in each["said"])],
                key=STRONGER[self.channel].index,
            )
            for each in self.taken
        }

    @property
    def is_lost(self) -> bool:
        """It has no end, or is said to be gone although nobody took it, or the other way round."""
        if not self.end:
            return True
        if self.state in ACCEPTED:
            return not self.taken
        return bool(self.taken) and self.state == "failed" and "failed" not in self.last_words

    @property
    def differs(self) -> bool:
        """Whether it stands elsewhere than where the provider's best word puts it."""
        return bool(self.taken) and self.state != "in_doubt" and self.state not in self.last_words


@dataclass(frozen=True)
class Verdict:
    """The figures of a run by their names, and those that must be nought with the cases that were not."""

    figures: Mapping[str, int]
    broken: Mapping[str, list[str]]

    @property
    def is_clean(self) -> bool:
        return not any(self.broken.values())

    def __str__(self) -> str:
        lines = [(name, f"{number:,}", "") for name, number in self.figures.items()]
        for rule, cases in self.broken.items():
            lines.append((rule, f"{len(cases):,}", "BROKEN" if cases else "as it must be"))
        width = max(len(name) for name, _, _ in lines)
        rows = [f"{name:<{width}}  {number:>9}  {word}".rstrip() for name, number, word in lines]
        return "\n".join([*rows, *self.cases()])

    def cases(self) -> Iterator[str]:
        """A few of each broken rule."""
        for rule, cases in self.broken.items():
            yield from (f"{rule}: {case}" for case in cases[:5])


def judge(large: Large, truth: Mapping[str, Any], asked_for: int) -> Verdict:
    """Compares them."""
    messages, strangers = _messages(large, truth["taken"])
    moves = large.rows("SELECT delivery::text, channel, was, became FROM chaos_move ORDER BY id")
    ours = [each for each in messages if each.lane.startswith(LANE)]
    figures = Counter(f"ended {each.end}" for each in messages if each.end)
    faults = {f"provider: {name}": number for name, number in sorted(truth["fates"].items())}
    counts = {
        "messages": len(ours),
        "messages that told of failures": len(messages) - len(ours),
        "taken by the provider": len(truth["taken"]),
        "reports of the provider": truth["reports"],
        "notices repeated under one Message-ID": sum(
            len(each.taken) > 1 for each in messages if not each.is_to_customer
        ),
    }
    broken = {
        "missing": [f"{asked_for - len(ours)} of {asked_for}"] if len(ours) != asked_for else [],
        "lost": [_case(each) for each in messages if each.is_lost],
        "taken twice for a customer": [
            _case(each) for each in messages if each.is_to_customer and len(each.taken) > 1
        ],
        "taken without an attempt": strangers,
        "repeated under another Message-ID": [
            _case(each) for each in messages if len({one["message_id"] for one in each.taken}) > 1
        ],
        "out of order": [*overtaken(messages)],
        "moved backward": [*map(str, filter(is_backward, moves))],
        "against the provider's last word": [_case(each) for each in messages if each.differs],
    }
    return Verdict(faults | counts | dict(sorted(figures.items())), broken)


def _messages(large: Large, taken: Iterable[dict[str, Any]]) -> tuple[list[Message], list[str]]:
    """All deliveries with what was taken of each, and what was taken of none."""
    messages = {row[0]: Message(*row) for row in large.rows(DELIVERIES)}
    attempts = dict(
        large.rows("SELECT id::text, delivery_id::text FROM channels_out_deliveryattempt")
    )
    strangers = []
    for each in taken:
        if each["attempt"] in attempts:
            messages[attempts[each["attempt"]]].taken.append(each)
        else:
            strangers.append(str(each))
    return [*messages.values()], strangers


def overtaken(messages: Iterable[Message]) -> Iterator[str]:
    """Messages that the provider took before an earlier one of the same lane."""
    lanes = defaultdict(list)
    for message in messages:
        if message.lane and message.taken:
            lanes[message.lane].append(message)
    for lane in lanes.values():
        for earlier, later in pairwise(lane):
            if earlier.taken[0]["number"] > later.taken[0]["number"]:
                yield f"{_case(later)} before {earlier.id}"


def is_backward(move: tuple[Any, ...]) -> bool:
    _, channel, was, became = move
    order = STRONGER[channel]
    if was not in order:
        return False
    return became not in order or order.index(became) < order.index(was)


def _case(message: Message) -> str:
    took = [f"{each['provider_id']} {each['said']}" for each in message.taken]
    return f"{message.channel} {message.id} to {message.to} is {message.state} {message.error}, taken: {took}"
