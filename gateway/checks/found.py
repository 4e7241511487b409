"""What came of a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """A code of `outcomes`, and what it is about."""

    outcome: str
    detail: str = ""
