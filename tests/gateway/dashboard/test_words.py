"""Every name that the tables keep has words for people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import gateway
from gateway.asking.answer import ALIKE, STEP
from gateway.inbound.new_topic import NEW_TOPIC
from gateway.words import FILED_BY, TAKEN_DOWN

PACKAGE = Path(gateway.__file__).parent
# What carries the name of the step that filed a message, as its argument.
CARRIERS = {"Found", "Writer", "_letter", "letter_of"}


def test_every_step_that_files_a_message_has_words_and_no_others_have() -> None:
    sources = [*PACKAGE.glob("inbound/*.py"), PACKAGE / "held.py"]
    steps = {step for source in sources for step in _steps(ast.parse(source.read_text()))}
    assert steps | {STEP, ALIKE, NEW_TOPIC, TAKEN_DOWN} == set(FILED_BY)


def _steps(tree: ast.Module) -> Iterator[str]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        named = [word.value for word in call.keywords if word.arg == "filed_by"]
        carried = call.args if getattr(call.func, "id", "") in CARRIERS else []
        for value in (*named, *carried):
            if isinstance(value, ast.Constant) and _is_name(value.value):
                yield value.value


def _is_name(value: object) -> bool:
    """Not the note that may stand beside it."""
    return isinstance(value, str) and value.isidentifier()
