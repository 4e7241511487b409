"""The words of `words.toml`, of all languages together: nobody says in which one a mail is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

_LANGUAGES = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def words(kind: str) -> tuple[str, ...]:
    """Every word or phrase of one kind, each once, the longest first."""
    found = {word for language in _LANGUAGES.values() for word in language.get(kind, ())}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def any_of(phrases: Iterable[str], star: str = "") -> str:
    """A pattern for one of the phrases; `*` in a phrase stands for the pattern `star`."""
    return "|".join(re.escape(phrase).replace(r"\*", star) for phrase in phrases)
