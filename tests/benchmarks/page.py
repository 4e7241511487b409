"""Puts the figures of the last run into docs/performance.md: `python -m tests.benchmarks.page`.

They are taken from the JSON that the run wrote, so the page cannot say anything else. What was not measured in it
stays, with the day on which it was.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from operator import itemgetter
from typing import Any

from tests.benchmarks.report import RESULTS
from tests.simulator_process import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
HEADING = "### "
HEAD = "| what | ours | unit | beside | reference | ratio | goal | |"
TITLES = {
    "accept": "Webhooks accepted",
    "filing": "Messages filed",
    "mails": "Mails",
    "inbox": "Reading the inbox",
    "sends": "Sending",
    "latency": "From the answer to the provider",
    "memory": "Memory",
}


def rendered(run: dict[str, Any], known: dict[str, str]) -> str:
    """Each subject of the run as Markdown, with the machine; of the others what is `known`, by title."""
    machine = {**run["machine"]}
    on = f"Measured {machine.pop('measured')}, " + ", ".join(map(" ".join, machine.items()))
    figures = groupby(run["figures"], key=itemgetter("subject"))
    measured = {TITLES[subject]: f"{_table(list(rows))}\n\n{on}." for subject, rows in figures}
    sections = {**known, **measured}
    return "\n\n".join(
        f"{HEADING}{title}\n\n{sections[title]}" for title in TITLES.values() if title in sections
    )


def _table(figures: list[dict[str, Any]]) -> str:
    rule = "|---|--:|---|---|--:|--:|---|---|"
    return "\n".join([HEAD, rule, *(f"| {' | '.join(each['cells'])} |" for each in figures)])


def sections_of(figures: str) -> dict[str, str]:
    """What the page says under each of its titles."""
    parts = (part.partition("\n") for part in figures.split(HEADING)[1:])
    return {title: text.strip() for title, _, text in parts}


def paste(run: dict[str, Any]) -> None:
    """Replaces the run's subjects between the two marks of the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    figures, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{rendered(run, sections_of(figures))}\n\n{END}{after}")


if __name__ == "__main__":
    paste(json.loads(RESULTS.read_text()))
    sys.stdout.write(f"{PAGE.name} has the figures of {RESULTS.name}\n")
