"""Puts the figures of the last run into docs/performance.md: `python -m tests.benchmarks.page`.

They are taken from the JSON that the run wrote, so the page cannot say anything else.
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


def rendered(run: dict[str, Any]) -> str:
    """A run as Markdown: the machine, then a table for each subject."""
    machine = ", ".join(f"{name} {text}" for name, text in run["machine"].items())
    figures = groupby(run["figures"], key=itemgetter("subject"))
    tables = {subject: _table(list(rows)) for subject, rows in figures}
    parts = [f"Measured on: {machine}."]
    parts += [
        f"### {title}\n\n{tables[subject]}"
        for subject, title in TITLES.items()
        if subject in tables
    ]
    return "\n\n".join(parts)


def _table(figures: list[dict[str, Any]]) -> str:
    rule = "|---|--:|---|---|--:|--:|---|---|"
    return "\n".join([HEAD, rule, *(f"| {' | '.join(each['cells'])} |" for each in figures)])


def paste(run: dict[str, Any]) -> None:
    """Replaces what stands between the two marks of the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{rendered(run)}\n\n{END}{after}")


if __name__ == "__main__":
    paste(json.loads(RESULTS.read_text()))
    sys.stdout.write(f"{PAGE.name} has the figures of {RESULTS.name}\n")
