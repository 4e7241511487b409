"""Which lines of a letter were newly written, and which were quoted."""

from __future__ import annotations

from enum import Enum
from itertools import groupby

from webhooks.mail.reply.blocks import is_forward_line, quote_starts_at
from webhooks.mail.reply.headings import Heading, heading_at, may_end_heading

# Lines that may end a heading; nobody quotes that often, and it bounds the time.
MAX_CANDIDATES = 200
MAX_SEARCHED = 4_000  # lines, from the top


class Kind(Enum):
    """What a line is."""

    NEW = "new"
    BLANK = "blank"
    QUOTED = "quoted"


class Whole(Exception):
    """All of the letter is meant to be read: it passes a mail on, or answers between quotes."""


def kinds_of(lines: list[str]) -> list[Kind]:
    """What each line is. Raises Whole where nothing may be cut."""
    kinds = [_by_mark(line) for line in lines]
    _mark_headed(lines, kinds)
    if _quotes_by_hand(lines) or _is_interleaved(kinds):
        raise Whole
    return kinds


def _by_mark(line: str) -> Kind:
    if line.lstrip().startswith(">"):
        return Kind.QUOTED
    return Kind.NEW if line.strip() else Kind.BLANK


def _mark_headed(lines: list[str], kinds: list[Kind]) -> None:
    """Marks as quoted the headings, and what follows them where it has no marks of its own."""
    candidates, quoted = 0, False
    for index, line in enumerate(lines[:MAX_SEARCHED]):
        new, quoted = kinds[index] is Kind.NEW, quoted or kinds[index] is Kind.QUOTED
        if new and not quoted and is_forward_line(line):
            raise Whole
        if new and quote_starts_at(lines, index):
            return _mark(kinds, index, len(lines))
        if candidates < MAX_CANDIDATES and may_end_heading(line):
            candidates += 1
            if heading := heading_at(lines, index):
                _mark(kinds, heading.start, _end_of_quote(kinds, heading))
    return None


def _mark(kinds: list[Kind], start: int, end: int) -> None:
    kinds[start:end] = [Kind.QUOTED] * (end - start)


def _end_of_quote(kinds: list[Kind], heading: Heading) -> int:
    """The heading's own end where quote marks follow; else, if it is sure, the end of the letter."""
    following = next((kind for kind in kinds[heading.end :] if kind is not Kind.BLANK), None)
    return heading.end if following is Kind.QUOTED or not heading.strong else len(kinds)


def _quotes_by_hand(lines: list[str]) -> bool:
    """Programs put a heading above a quote; a letter that begins with bare marks was made by hand."""
    first = next((line for line in lines if line.strip()), "")
    return first.lstrip().startswith(">")


def _is_interleaved(kinds: list[Kind]) -> bool:
    """Whether something new stands between two quotes: then neither is understood alone."""
    runs = [kind for kind, _ in groupby(kind for kind in kinds if kind is not Kind.BLANK)]
    return runs.count(Kind.QUOTED) > 1
