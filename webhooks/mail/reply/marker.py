"""Our own line in what is quoted: all that stands above it was newly written."""

from __future__ import annotations

import re

from gateway.marker import MARKER

MAX_LINE = 300
MAX_SEARCHED = 4_000  # lines, from the top
_OTHER = re.compile(r"[\W_]+")
_WORDS = _OTHER.sub(" ", MARKER).strip().lower()


def marker_line(lines: list[str]) -> int | None:
    """The first line that holds the marker, quoted, indented or wrapped as it may be; or None."""
    before = ""
    for index, line in enumerate(lines[:MAX_SEARCHED]):
        words = _OTHER.sub(" ", line[:MAX_LINE]).strip().lower()
        if _WORDS in words:
            return index
        if before and _WORDS in f"{before} {words}":
            return index - 1
        before = words
    return None
