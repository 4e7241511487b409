"""What customers want: matters, planned of a seed, and what was written about them, with what was meant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.world.people import Customer, Shop
from tests.world.shares import MATTERS, share

AT_ONCE = timedelta(days=3)


@dataclass(eq=False)
class Matter:
    """One thing that one customer wants of one business: what should be one conversation.

    `number` is ours (channel, address) on which it was last spoken of by text; `reply_to` and `ids` are what
    his mail program answers to. It `is_known` once he heard of it, or told us what it is about.
    """

    key: int
    customer: Customer
    shop: Shop
    listing: Any
    begins_at: datetime
    number: tuple[str, str] | None = None
    reply_to: str = ""
    ids: list[str] = field(default_factory=list)
    written: int = 0
    is_known: bool = False

    @property
    def subject(self) -> str:
        """What he writes above a mail."""
        return f"{self.listing} no. {self.key}" if self.listing else f"Question no. {self.key}"


@dataclass(eq=False)
class Written:
    """One message as its writer meant it: about these matters. `marker` is a word of it that no other has.

    `explicit` is the reply address or the quoted message's id to which a customer's answers; `answers` is what
    an owner's answers, `conversation` where he read that, and `business` for whom he writes.
    """

    marker: str
    matters: tuple[Matter, ...]
    by_owner: bool
    at: datetime
    how: str
    explicit: str = ""
    answers: Written | None = None
    conversation: Any = None
    business: Any = None
    answered: bool = False
    arrived: bool = False


def plan_matters(
    rng: random.Random, people: list[Customer], shops: list[Shop], begin: datetime, days: int
) -> list[Matter]:
    """Who wants what of whom, and when, in the order of time."""
    planned: dict[int, list[Matter]] = {}
    for person in people:
        end = min(person.until or begin + timedelta(days=days), begin + timedelta(days=days))
        before = planned.get(person.before.key, []) if person.before else []
        planned[person.key] = list(_of(rng, person, shops, end, before))
    matters = sorted(
        (each for theirs in planned.values() for each in theirs), key=lambda each: each.begins_at
    )
    for key, matter in enumerate(matters):
        matter.key = key
    return matters


def _of(
    rng: random.Random, person: Customer, shops: list[Shop], end: datetime, before: list[Matter]
) -> Iterator[Matter]:
    how_many = rng.choices([each[0] for each in MATTERS], [each[1] for each in MATTERS])[0]
    times = sorted(person.since + (end - person.since) * rng.random() for _ in range(how_many))
    known: list[Matter] = []
    at = times[0]
    for time in times:
        at = (
            at + AT_ONCE * rng.random()
            if known and rng.random() < share("at_once")
            else max(at, time)
        )
        if at > end:
            return
        shop = _whose(rng, shops, known, before)
        known.append(Matter(-1, person, shop, _about(rng, shop, known), at))
        yield known[-1]


def _whose(
    rng: random.Random, shops: list[Shop], known: list[Matter], before: list[Matter]
) -> Shop:
    if known and rng.random() < share("same_business_again"):
        return rng.choice(known).shop
    if not known and before and rng.random() < share("new_holder_same_business"):
        return rng.choice(before).shop
    return rng.choice(shops)


def _about(rng: random.Random, shop: Shop, known: list[Matter]) -> Any:
    """A listing that he has not asked about before, or none."""
    asked = {each.listing for each in known if each.shop is shop}
    left = [each for each in shop.listings if each not in asked]
    return rng.choice(left) if left and rng.random() < share("about_a_listing") else None
