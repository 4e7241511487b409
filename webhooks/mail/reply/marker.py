"""Our own line in what is quoted: all that stands above it was newly written."""

from __future__ import annotations

import re

from gateway.marker import DESTINATIONS, MARKERS

MAX_LINE = 300
MAX_SEARCHED = 4_000  # lines, from the top
_OTHER = re.compile(r"[\W_]+")
ABOVE = 4  # lines that the destination may take when a mail program has wrapped it


def marker_line(lines: list[str]) -> int | None:
    """Where our own words begin: the first line that holds the marker, quoted, indented or wrapped as it
    may be, or the line above it that says where an answer goes; None where there is no marker.
    """
    before = ""
    for index, line in enumerate(lines[:MAX_SEARCHED]):
        words = _words(line)
        if any(each in words for each in _MARKERS):
            return _with_destination(lines, index)
        if before and any(each in f"{before} {words}" for each in _MARKERS):
            return _with_destination(lines, index - 1)
        before = words
    return None


def _with_destination(lines: list[str], marker: int) -> int:
    for index in range(marker - 1, max(-1, marker - 1 - ABOVE), -1):
        if _words(lines[index]).startswith(_DESTINATIONS):
            return index
    return marker


def _words(line: str) -> str:
    return _OTHER.sub(" ", line[:MAX_LINE]).strip().lower()


_MARKERS = tuple(map(_words, MARKERS.values()))
_DESTINATIONS = tuple(map(_words, DESTINATIONS))
