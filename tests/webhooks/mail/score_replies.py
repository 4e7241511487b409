"""Scores the cutting of replies on a corpus: `python tests/webhooks/mail/score_replies.py FILE [-v]`.

Prints how many are exact (white space folded), LOST (over 3 % of the expected words missing) and
LEAKED (over 10 % more words than expected).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from webhooks.mail.reply import Reply, newly_written

LOST, LEAKED = 0.03, 0.10


@dataclass(frozen=True)
class Score:
    """How one reply was cut."""

    name: str
    exact: bool
    lost: bool
    leaked: bool
    reply: Reply


def score(row: dict[str, Any]) -> Score:
    """One line of the corpus, read and compared with what its authors expect."""
    reply = newly_written(row["text"] or "", row["html"] or "")
    name = f"{row['corpus']} {row['id']}"
    if row["expected"] is None:
        text = " ".join(reply.text.split())
        lost = not all(" ".join(piece.split()) in text for piece in row["contains"])
        leaked = any(" ".join(piece.split()) in text for piece in row["absent"])
        return Score(name, not lost and not leaked, lost, leaked, reply)
    expected, found = row["expected"].split(), reply.text.split()
    missing = sum((Counter(expected) - Counter(found)).values())
    extra = sum((Counter(found) - Counter(expected)).values())
    size = max(len(expected), 1)
    return Score(name, expected == found, missing / size > LOST, extra / size > LEAKED, reply)


def scores(path: Path) -> list[Score]:
    """The score of every line of a corpus."""
    return [score(json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    """Prints the three figures."""
    parser = argparse.ArgumentParser(description="Score the cutting of replies.")
    parser.add_argument("file", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="show what is not exact")
    options = parser.parse_args()
    found = scores(options.file)
    for one in found:
        if options.verbose and not one.exact:
            kind = "LOST" if one.lost else "LEAKED" if one.leaked else "near"
            sys.stdout.write(f"{kind:7} {one.name}\n")
    exact, lost, leaked = (
        sum(getattr(one, kind) for one in found) for kind in ("exact", "lost", "leaked")
    )
    sys.stdout.write(f"{len(found)} replies: {exact} exact, {lost} LOST, {leaked} LEAKED\n")


if __name__ == "__main__":
    main()
