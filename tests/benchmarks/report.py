"""The figures of a run: printed as a table, kept as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.simulator_process import ROOT

RESULTS = Path(os.environ.get("BENCH_RESULTS", ROOT / "var" / "benchmarks.json"))
COLUMNS = ("what", "ours", "unit", "beside", "", "ratio", "goal", "")


@dataclass(frozen=True)
class Goal:
    """What the ratio to the reference must be, or the value where there is no reference."""

    at_least: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"

    def is_reached(self, number: float) -> bool:
        if self.at_least is not None:
            return number >= self.at_least
        return self.at_most is None or number <= self.at_most


@dataclass(frozen=True)
class Figure:
    """One measured thing: a value a round, and those of the reference in the same rounds."""

    subject: str
    what: str
    unit: str
    rounds: Sequence[float]
    beside: str = ""
    beside_rounds: Sequence[float] = ()
    goal: Goal | None = None

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def reference(self) -> float | None:
        return median(self.beside_rounds) if self.beside_rounds else None

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        number = self.value if self.ratio is None else self.ratio
        return self.goal.is_reached(number) if self.goal else None

    def to_json(self) -> dict[str, Any]:
        computed = {"value": self.value, "reference": self.reference, "ratio": self.ratio}
        goal = {"goal": str(self.goal) if self.goal else None, "is_reached": self.is_reached}
        return {**asdict(self), **computed, **goal, "cells": self.cells()}

    def cells(self) -> list[str]:
        """This figure as a row of a table under COLUMNS."""
        reached = {None: "", True: "reached", False: "not reached"}[self.is_reached]
        return [
            self.what,
            _number(self.value),
            self.unit,
            self.beside,
            _number(self.reference),
            _number(self.ratio),
            str(self.goal or ""),
            reached,
        ]


@dataclass
class Report:
    """All figures of a run, and the machine they are of."""

    machine: Mapping[str, str]
    figures: list[Figure] = field(default_factory=list)

    def add(self, *figures: Figure) -> None:
        self.figures += figures

    def write(self, path: Path) -> None:
        """Keeps the run as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "machine": dict(self.machine),
            "figures": [figure.to_json() for figure in self.figures],
        }
        path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")

    def __str__(self) -> str:
        rows = [list(COLUMNS), *(figure.cells() for figure in self.figures)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
        lines = [f"{name}: {text}" for name, text in self.machine.items()]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)


def in_turn(rounds: int, *contenders: Callable[[], float]) -> list[list[float]]:
    """What each measured, round by round in turn: whatever else the machine does meets all of them alike."""
    measured: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for values, contender in zip(measured, contenders, strict=True):
            values.append(contender())
    return measured


def _number(number: float | None) -> str:
    """Three digits that count."""
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
