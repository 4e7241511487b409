"""Which lines of a letter were newly written, and which were quoted."""

from __future__ import annotations

from enum import Enum
from itertools import groupby

from webhooks.mail.reply.blocks import is_forward_line, quote_starts_at
from webhooks.mail.reply.headings import Heading, heading_at, may_end_heading

# Lines that may end a heading; nobody quotes that often, and it bounds the time.
MAX_CANDIDATES = 200
MAX_SEARCHED = 4_000  # lines, from the top
NARROWEST = 60  # characters, to which a program wraps lines at least


class Kind(Enum):
    """What a line is."""

    NEW = "new"
    BLANK = "blank"
    QUOTED = "quoted"


class Whole(Exception):
    """All of the letter is meant to be read: it passes a mail on."""


def kinds_of(lines: list[str], *, passes_on: bool = True) -> tuple[list[Kind], bool]:
    """What each line is, and whether answers stand between the quotes.

    A mail that is passed on is content and raises Whole, or where `passes_on` is false a quote.
    """
    kinds = [_by_mark(line) for line in lines]
    headed = _mark_headed(lines, kinds, passes_on)
    runs = [kind for kind, _ in groupby(kind for kind in kinds if kind is not Kind.BLANK)]
    # Something new between two quotes: neither is understood alone. Something new below marks
    # without a heading: programs write one, so the quote was made by hand.
    between = runs.count(Kind.QUOTED) > 1 or (not headed and runs[-2:] == [Kind.QUOTED, Kind.NEW])
    return kinds, between


def is_quoted(line: str) -> bool:
    """Whether a mark says so."""
    return line.lstrip().startswith(">")


def wrapped_rests(lines: list[str]) -> set[int]:
    """The lines without a mark that may be the rest of a quoted one: some programs wrap what they quote so."""
    width = _width_of(lines)
    rests: set[int] = set()
    run: list[int] = []
    for index, line in enumerate(lines):
        if is_quoted(line):
            rests.update(run)
            run = []
        elif _may_continue(lines, index, width) and (run or is_quoted(lines[index - 1])):
            run.append(index)
        else:
            run = []
    return rests


def quoted_with_rests(lines: list[str], *, may_wrap: bool) -> tuple[str, ...]:
    """Each quoted line, with the lines below it that may be the rest of it."""
    width = _width_of(lines)
    found: list[str] = []
    goes_on = False
    for index, line in enumerate(lines):
        if is_quoted(line):
            found.append(line)
            goes_on = may_wrap
        elif goes_on := goes_on and _may_continue(lines, index, width):
            found[-1] += f"\n{line}"
    return tuple(found)


def _may_continue(lines: list[str], index: int, width: int) -> bool:
    """Whether the first word of a line had no room at the end of the line above."""
    first = next(iter(lines[index].split(maxsplit=1)), "")
    above = lines[index - 1].rstrip() if index else ""
    return bool(first) and len(above) + 1 + len(first) > width


def _width_of(lines: list[str]) -> int:
    """To how many characters the quoted lines may have been wrapped: the longest that has room for a break."""
    quoted = (line.strip() for line in lines if is_quoted(line))
    return max([NARROWEST, *(len(line) for line in quoted if " " in line.strip("> "))])


def _by_mark(line: str) -> Kind:
    if is_quoted(line):
        return Kind.QUOTED
    return Kind.NEW if line.strip() else Kind.BLANK


def _mark_headed(lines: list[str], kinds: list[Kind], passes_on: bool) -> bool:
    """Marks as quoted the headings, and what follows them where it has no marks of its own.

    Answers whether there was any heading.
    """
    candidates, quoted = 0, False
    headed = _quote_has_heading(lines, kinds)
    for index, line in enumerate(lines[:MAX_SEARCHED]):
        new, quoted = kinds[index] is Kind.NEW, quoted or kinds[index] is Kind.QUOTED
        forward = new and not quoted and is_forward_line(line)
        if forward and passes_on:
            raise Whole
        if forward or (new and quote_starts_at(lines, index)):
            _mark(kinds, index, len(lines))
            return True
        if candidates < MAX_CANDIDATES and may_end_heading(line):
            candidates += 1
            if heading := heading_at(lines, index):
                headed |= _mark_quote_of(heading, kinds)
    return headed


def _quote_has_heading(lines: list[str], kinds: list[Kind]) -> bool:
    """Whether the first quoted words are themselves a heading: some programs put it inside the quote."""
    quoted = (line for line, kind in zip(lines, kinds, strict=True) if kind is Kind.QUOTED)
    first = next((words for line in quoted if (words := line.lstrip("> "))), "")
    return may_end_heading(first) and heading_at([first], 0) is not None


def _mark(kinds: list[Kind], start: int, end: int) -> None:
    kinds[start:end] = [Kind.QUOTED] * (end - start)


def _mark_quote_of(heading: Heading, kinds: list[Kind]) -> bool:
    """Marks the heading where quote marks follow; else, if it is sure, all that follows as well."""
    following = next((kind for kind in kinds[heading.end :] if kind is not Kind.BLANK), None)
    if following is Kind.QUOTED:
        _mark(kinds, heading.start, heading.end)
    elif heading.strong:
        _mark(kinds, heading.start, len(kinds))
    return following is Kind.QUOTED or heading.strong
