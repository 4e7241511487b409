"""The table of a run, and the page that shows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.world.score import Score
from tests.world.shares import SHARES

PAGE = Path(__file__).parents[2] / "docs" / "filing.md"
SET_UPS = {
    "dedicated": "a number for each business",
    "pool": "a pool of six shared numbers, two front doors",
    "single": "one WhatsApp sender for all",
}
HEADINGS = (
    "numbers", "rule", "messages", "wrong business", "wrong conversation, by a step that names it",
    "the same, by the number alone, not marked", "the same, marked as uncertain", "lost", "doubled", "asked", "held",
)  # fmt: skip
Scores = dict[str, dict[str, Score]]


def table(scores: Scores) -> str:
    """One row a set-up and rule, ours first."""
    rows = [
        _row(SET_UPS[set_up], rule, score)
        for set_up, by_rule in scores.items()
        for rule, score in by_rule.items()
    ]
    head = [_line(HEADINGS), _line(["---", "---"] + ["--:"] * (len(HEADINGS) - 2))]
    return "\n".join(head + rows)


def shares() -> str:
    """What the world is made of."""
    rows = [_line((_percent(each.value), each.of, each.why)) for each in SHARES.values()]
    return "\n".join([_line(("share", "of", "where from")), _line(("--:", "---", "---")), *rows])


def happenings(scores: Scores) -> str:
    """What happened beside, and why ours held what it held, one column a set-up."""
    columns = [_beside(by_rule["ours"]) for by_rule in scores.values()]
    names = sorted({name for column in columns for name in column})
    head = [_line(["", *map(SET_UPS.__getitem__, scores)]), _line(["---", *["--:"] * len(columns)])]
    rows = [_line([name, *(f"{column[name]:,}" for column in columns)]) for name in names]
    return "\n".join(head + rows)


def details(scores: Scores) -> str:
    """By what steps ours filed, what was wrong, why it held, and what happened on the way."""
    lines = []
    for set_up, by_rule in scores.items():
        ours = by_rule["ours"]
        lines += [f"## {SET_UPS[set_up]}", f"steps {dict(ours.steps.most_common())}"]
        lines += [
            f"wrong {dict(ours.wrong_by)}",
            f"held {dict(ours.reasons)}",
            f"{dict(ours.counts)}",
        ]
        lines += [f"never received {ours.never_received}", *ours.cases[:200]]
    return "\n".join(lines)


def put_into_page(parts: dict[str, str]) -> None:
    """Replaces what stands in docs/filing.md between each part's two markers."""
    page = PAGE.read_text()
    for name, text in parts.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        page = between.sub(lambda found, text=text: f"{found[1]}{text}\n{found[2]}", page)
    PAGE.write_text(page)


def _beside(ours: Score) -> Counter[str]:
    held = {f"held: {reason.replace('_', ' ')}": count for reason, count in ours.reasons.items()}
    wrong = {f"wrong {kind}": count for kind, count in ours.wrong_by.items()}
    return ours.counts + Counter(held) + Counter(wrong)


def _row(set_up: str, rule: str, score: Score) -> str:
    wrong = (score.wrong_business, score.wrong_certain, score.wrong_unmarked, score.wrong_marked)
    waited = (_of(score.asked, score), _of(score.held, score))
    counts = (f"{each:,}" for each in (score.messages, *wrong, score.lost, score.doubled))
    return _line([set_up, rule, *counts, *waited])


def _of(count: int, score: Score) -> str:
    return f"{count:,} ({count / max(1, score.messages):.2%})"


def _percent(value: float) -> str:
    return f"{value:.1%}".replace(".0%", " %").replace("%", " %").replace("  ", " ")


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
