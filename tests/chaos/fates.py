"""What the provider does with a request and reports afterwards: by seed, address and how often it was asked."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Drawn = TypeVar("Drawn")

REPORTED_FIRST = "taken, reported before it is answered"
# How often each thing happens, in a thousand requests. Those that begin with "taken" reach the customer.
SHARES = {
    "taken": 650,
    REPORTED_FIRST: 50,
    "taken, answered 500": 30,
    "taken, answered 503 in HTML": 25,
    "taken, connection reset": 35,
    "taken, connection reset after the headers": 15,
    "taken, rubbish answered": 35,
    "taken, no answer in time": 6,
    "refused for the address": 12,
    "refused for the text": 8,
    "refused, as the customer opted out": 6,
    "429": 30,
    "429 with Retry-After": 3,
    "500": 30,
    "503": 25,
    "connection reset": 30,
    "rubbish answered": 10,
}
TAKEN = "taken"
# What Twilio says of a text, in its order; the last word is where it ends.
ENDS = {
    ("sent", "delivered"): 400,
    ("queued", "sent", "delivered"): 100,
    ("delivered",): 200,
    ("sent", "undelivered"): 60,
    ("sending", "failed"): 20,
    ("sent", "undelivered", "delivered"): 10,  # the handset knows better than the network
    (): 210,  # it never says anything
}
# The same of a mail, in Postmark's words.
MAIL_ENDS = {("Delivery",): 700, ("Delivery", "Bounce"): 30, ("Bounce",): 40, (): 230}
FAILURE_CODES = ("30003", "30005", "30006", "30008")
# How often a report is posted, of a hundred reports.
REPEATS = {1: 75, 2: 15, 3: 10}


@dataclass(frozen=True)
class Fate:
    """What becomes of one request; `reports` in the order in which they are posted, repetitions among them."""

    name: str
    words: tuple[str, ...]
    reports: tuple[str, ...]
    code: str
    pick: float  # for whoever has a choice left, 0 to 1

    @property
    def reports_first(self) -> bool:
        """Whether the reports come before the answer."""
        return self.name == REPORTED_FIRST

    @property
    def is_refused(self) -> bool:
        return self.name.startswith("refused")

    @property
    def is_taken(self) -> bool:
        return self.name.startswith(TAKEN)


def fate_of(seed: int, address: str, number: int, *, is_mail: bool) -> Fate:
    """Of the request of this number to this address."""
    dice = random.Random(f"{seed} {address} {number}")
    name = _drawn(dice, SHARES)
    words = _drawn(dice, MAIL_ENDS if is_mail else ENDS)
    reports = [word for word in words for _ in range(_drawn(dice, REPEATS))]
    dice.shuffle(reports)
    return Fate(name, words, tuple(reports), dice.choice(FAILURE_CODES), dice.random())


def _drawn(dice: random.Random, shares: Mapping[Drawn, int]) -> Drawn:
    return dice.choices([*shares], weights=[*shares.values()])[0]
