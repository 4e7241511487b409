"""How a rule did, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Score:
    """How it went. `steps` and `reasons` say by what it was filed or held, `cases` are some that went wrong."""

    messages: int = 0
    of_customers: int = 0
    never_received: int = 0
    wrong_business: int = 0
    wrong_certain: int = 0
    wrong_unmarked: int = 0
    wrong_marked: int = 0
    lost: int = 0
    doubled: int = 0
    asked: int = 0
    held: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    wrong_by: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    cases: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Takes another region's along."""
        for name, value in vars(other).items():
            mine = getattr(self, name)
            if isinstance(value, Counter):
                mine.update(value)
            else:
                setattr(self, name, mine + value)
