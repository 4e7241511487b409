"""What was newly written in a mail: from the surest sign of a quote down to the weakest.

No single rule is right for the programs in use, so each is tried in turn, and where none is sure
the text stays. Nothing is thrown away: what is cut is handed on beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from webhooks.mail.reply.containers import marked_text
from webhooks.mail.reply.lines import (
    Kind,
    Whole,
    is_quoted,
    kinds_of,
    quoted_with_rests,
    wrapped_rests,
)
from webhooks.mail.reply.marker import marker_line
from webhooks.mail.reply.signature import signature_lines
from webhooks.mail.reply.stub import is_stub, speaks_of_html

MAX_HTML = 300_000  # characters; beyond, the plain form is read where there is one: much faster


@dataclass(frozen=True)
class Reply:
    """What was newly written, and what was cut from around it.

    `ours` are those lines of the text that a mail of ours brought, each with what may be its rest on the next
    ones: answers stand between them.
    """

    text: str
    quoted: str = ""
    ours: tuple[str, ...] = ()


def newly_written(plain: str, html: str, stripped_text: str = "", *, whole: bool = False) -> Reply:
    """Splits a letter. `plain` and `html` are its two forms, either may be empty.

    `stripped_text` is the provider's own answer; it is taken when it stands in the letter.
    `whole` says that the header calls it no answer, or a forwarded mail, of which nothing is cut. Our
    own mail is cut from it whatever either says.
    """
    letter = _letter(plain, html)
    lines = letter.split("\n")
    marker = marker_line(lines)
    if marker is not None:
        return _around_marker(lines, marker, may_wrap=letter == plain)
    if whole:
        return Reply(_text(lines))
    if stripped_text and (reply := _as_provider_says(letter, stripped_text)):
        return reply
    return _by_lines(lines)


def _letter(plain: str, html: str) -> str:
    """The form that tells quoted from new: HTML where it has containers for that, else plain text."""
    if plain.strip() and len(html) > MAX_HTML and not speaks_of_html(plain):
        return plain
    marked = marked_text(html) if html else ""
    if not plain.strip() or any(line.startswith(">") for line in marked.split("\n")):
        return marked or plain
    return marked if is_stub(plain, marked) else plain


def _as_provider_says(letter: str, stripped: str) -> Reply | None:
    own = _by_lines(stripped.replace("\r\n", "\n").split("\n")).text
    folded, wanted = " ".join(letter.split()), " ".join(own.split())
    if not wanted or not folded.startswith(wanted):
        return None
    return Reply(own, _behind(letter, wanted))


def _behind(letter: str, folded_start: str) -> str:
    """What follows in the letter on its first words, which are given with single blanks."""
    wanted = len(folded_start.replace(" ", ""))
    seen = 0
    for index, char in enumerate(letter):
        if seen == wanted:
            return letter[index:].strip("\n")
        seen += not char.isspace()
    return ""


def _by_lines(lines: list[str]) -> Reply:
    reply = _split(lines, _cut(lines))
    return reply if reply.text else Reply(_text(lines))


def _split(lines: list[str], cut: list[bool]) -> Reply:
    kept = [line for line, is_cut in zip(lines, cut, strict=True) if not is_cut]
    return Reply(
        _text(kept), _text([line for line, is_cut in zip(lines, cut, strict=True) if is_cut])
    )


def _around_marker(lines: list[str], marker: int, *, may_wrap: bool) -> Reply:
    """Our own mail came back: what was written above it and between its lines, else below it, else nothing.

    `may_wrap` says that a program may have broken long lines of it, without a mark before their rest.
    """
    above = _cut([*lines[:marker], f"> {lines[marker]}"], passes_on=False)[:marker]
    if any(line.strip() and not is_cut for line, is_cut in zip(lines, above, strict=False)):
        cut = above + _cut_below_marker(lines[marker:], is_alone=False, may_wrap=may_wrap)
    else:
        cut = [True] * marker + _cut_below_marker(lines[marker:], is_alone=True, may_wrap=False)
    top, below = (
        _split(lines[part], cut[part]).text for part in (slice(marker), slice(marker, None))
    )
    ours = quoted_with_rests(below.split("\n"), may_wrap=may_wrap)
    return Reply("\n\n".join(filter(None, (top, below))), _split(lines, cut).quoted, ours)


def _cut_below_marker(lines: list[str], *, is_alone: bool, may_wrap: bool) -> list[bool]:
    """Answers between quoted lines are kept, with what they answer; one below all only where it `is_alone`."""
    cut = [True] * len(lines)
    if not is_quoted(lines[0]):
        return cut
    new = [index for index, line in enumerate(lines) if not is_quoted(line)]
    for index, is_cut in zip(new, _cut([lines[i] for i in new], passes_on=False), strict=True):
        cut[index] = is_cut
    rests = wrapped_rests(lines) if may_wrap else set()
    answers = [i for i in new if lines[i].strip() and not cut[i] and i not in rests]
    if answers and any(line.strip("> \t") for line in filter(is_quoted, lines[answers[0] :])):
        first, last = _question_above(lines, answers[0]), answers[-1]
        kept = (first <= i <= last and (is_quoted(lines[i]) or not cut[i]) for i in range(len(cut)))
        return [not is_kept for is_kept in kept]
    return cut if is_alone else [True] * len(lines)


def _question_above(lines: list[str], answer: int) -> int:
    """Where the paragraph begins that stands right above an answer."""
    index = answer
    while index > 0 and not lines[index - 1].strip("> \t"):
        index -= 1
    while index > 0 and lines[index - 1].strip("> \t"):
        index -= 1
    return index


def _cut(lines: list[str], *, passes_on: bool = True) -> list[bool]:
    """Of each line whether it is folded away; `passes_on` as in kinds_of."""
    try:
        kinds, between = kinds_of(lines, passes_on=passes_on)
    except Whole:
        return [False] * len(lines)
    kinds = _with_signatures(lines, kinds)
    cut = [kind is Kind.QUOTED for kind in kinds]
    return _behind_last_answer(kinds) if between else cut


def _behind_last_answer(kinds: list[Kind]) -> list[bool]:
    """Of answers between quotes all is kept; what is quoted below the last one is answered by nothing."""
    new = [index for index, kind in enumerate(kinds) if kind is Kind.NEW]
    return [bool(new) and index > new[-1] for index in range(len(kinds))]


def _with_signatures(lines: list[str], kinds: list[Kind]) -> list[Kind]:
    """Counts as quoted the signature above the first quote and the one below the last."""
    marked = list(kinds)
    quoted = [index for index, kind in enumerate(kinds) if kind is Kind.QUOTED] or [len(lines)]
    for start, end in ((0, quoted[0]), (quoted[-1] + 1, len(lines))):
        for index in signature_lines(lines[start:end]):
            marked[start + index] = Kind.QUOTED
    return marked


def _text(lines: list[str]) -> str:
    """The lines as text, without blank ones around it."""
    return "\n".join(lines).strip("\n").rstrip()
