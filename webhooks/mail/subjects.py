"""The words of `subjects.toml`, and subjects in the form in which they are compared with them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

from webhooks.mail.reply.words import any_of

A_FEW_WORDS = ".{0,40}"
_KINDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def folded(text: str) -> str:
    """The text in lower case, without accents, hyphens and the marks of a direction."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = (char for char in letters if unicodedata.category(char) not in {"Mn", "Cf"})
    return re.sub(r"[\s-]+", " ", "".join(kept)).strip()


def phrases(kind: str) -> str:
    """A pattern for the phrases of one kind, in all languages together, folded."""
    languages = _KINDS[kind].values()
    folded_ones = (folded(phrase) for language in languages for phrase in language)
    return any_of(folded_ones, star=A_FEW_WORDS)
