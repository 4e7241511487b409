"""The line that mail programs write above what they quote: "On Monday Ann wrote:".

Every pattern looks at one short piece of text and has no nested repetition: linear on any input.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from webhooks.mail.reply.words import any_of, words

MAX_LINES = 5  # a heading is wrapped over no more, not counting blank ones
MAX_LENGTH = 400  # characters of all of them together
REACH = 8  # lines that are looked back over, blank ones included

_WROTE = words("wrote")
_COLONS = ":\uff1a"
_VERB = re.compile(
    rf"(?:^|(?<=[^\w]|[\d_\u3040-\u9fff\uac00-\ud7af]))(?:{any_of(_WROTE)})(?=[\W\d_]|$)",
    re.IGNORECASE,
)
# A preposition of the date, a day of the week, or the date itself.
_START = re.compile(
    rf"(?:{any_of(words('starts'))})(?=[\s.,:]|$)|\d|[\u4e00-\u9fff\uac00-\ud7af]{{0,8}}\d{{4}}",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\d{1,2}\s?[:.hH\u6642\u70b9\uc2dc]\s?\d{2}|\d\s?(?:[ap]\.?m\b|uhr\b)", re.IGNORECASE
)
_DATE = re.compile(
    r"\b(?:19|20)\d{2}(?:\b|\u5e74|\ub144)|\b\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}\b"
)
# What programs write around names where a language runs from right to left; nobody sees it.
_DIRECTIONS = dict.fromkeys(
    map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_IN_BRACKETS = re.compile(rf"<{_ADDRESS.pattern}>")
_NAME_FIRST = re.compile(rf"[^<>@!?:]{{0,40}}{_IN_BRACKETS.pattern}")
# The end of a heading that was broken after the address, so that it looks like a quote.
_BROKEN_END = re.compile(r">\s*([^:\uff1a>]{1,20})[:\uff1a]?")


@dataclass(frozen=True)
class Heading:
    """Lines `start` to `end` (excluded) say who wrote what follows.

    `strong` is true where the words alone are proof enough, even when no quote mark follows.
    """

    start: int
    end: int
    strong: bool


def may_end_heading(line: str) -> bool:
    """Whether a heading may end with this line. Cheap, because every line of a mail is asked."""
    line = _seen(line)
    if line.startswith(">"):
        broken = _BROKEN_END.fullmatch(line)
        return bool(broken and broken[1].strip().lower() in _WROTE)
    return line.endswith(tuple(_COLONS)) or line[-40:].lower().endswith(_WROTE)


def heading_at(lines: list[str], index: int) -> Heading | None:
    """The heading whose last line is lines[index], or None."""
    picked: list[str] = []
    for start in range(index, max(index - REACH, -1), -1):
        line = _seen(lines[start])
        if not line:
            continue
        picked.append(line)
        if len(picked) > MAX_LINES or sum(map(len, picked)) > MAX_LENGTH:
            return None
        text = " ".join(reversed(picked))
        if heading := _recognise(text, start, index + 1):
            return _with_wrapped_start(lines, heading, text)
    return None


def _with_wrapped_start(lines: list[str], heading: Heading, text: str) -> Heading:
    """The heading with the lines right above, where its date or its address stands in them."""
    first = heading.start
    while heading.end - first < MAX_LINES and first > 0 and lines[first - 1].strip():
        first -= 1
    above = [_seen(line[:MAX_LENGTH]) for line in lines[first : heading.start]]
    whole = " ".join([*above, text])
    lacks = [part for part in (_DATE, _ADDRESS) if not part.search(text)]
    begins = _START.match(whole) or _NAME_FIRST.match(whole)
    if len(whole) > MAX_LENGTH or not begins or not any(part.search(whole) for part in lacks):
        return heading
    return _recognise(whole, first, heading.end) or heading


def _recognise(text: str, start: int, end: int) -> Heading | None:
    dated, timed = bool(_DATE.search(text)), bool(_CLOCK.search(text))
    if not (dated or timed or any(char.isdigit() for char in text)):
        return None
    begins, address = bool(_START.match(text)), bool(_ADDRESS.search(text))
    verb = bool(_VERB.search(text))
    complete = dated and timed
    if (
        (verb and begins)
        or (address and complete and (verb or begins))
        or (address and verb and timed)
    ):
        return Heading(start, end, strong=address or complete)
    # "Ann kirjoitti 13.7.2026 klo 8.59:" may as well be a sentence: quote marks must follow. So does
    # a line, wrapped once at most, with "Ann <ann@shop.example>" and a time in a language that we do not know.
    named = verb and complete and end - start == 1
    unknown = timed and end - start <= 2 and bool(_IN_BRACKETS.search(text))
    is_weak = (named or unknown) and text.endswith(tuple(_COLONS))
    return Heading(start, end, strong=False) if is_weak else None


def _seen(line: str) -> str:
    return line.translate(_DIRECTIONS).strip()
