"""What stands above an unmarked quote: "-----Original Message-----" and blocks of From, Sent, To."""

from __future__ import annotations

import re
from functools import lru_cache

from webhooks.mail.reply.words import any_of, words

WITHIN = 8  # lines from the first field of a block in which the others stand
MAX_LINE = 1_000

_KINDS = {
    label: kind for kind in ("from", "sent", "date", "to", "subject") for label in words(kind)
}
_DASHES = r"[-_=*\u2013\u2014\u2500]"
# Thai writes vowels and tones as marks, which are no letters to the pattern.
_FIELD = re.compile(
    r"[*\s>]{0,4}([^\W\d_][\w\u0e31-\u0e4e ()-]{0,24}?)\s?\*{0,2}\s?[:\uff1a]\*{0,2}(.*)"
)
_RULE = re.compile(rf"(?:{_DASHES}|\s){{5,200}}")
_SEPARATOR = re.compile(
    rf"{_DASHES}{{2,60}}\s?([^\W\d_][\w '\u2019.-]{{1,60}}?)\s?(?:{_DASHES}|:){{0,60}}"
)
_ORIGINAL = frozenset(words("original"))
_FORWARDED = re.compile(rf"(?:^|\W)(?:{any_of(words('forwarded'))})(?:\W|$)")
_BEGIN_FORWARD = re.compile(rf"(?:{any_of(words('begin'))})\s?[:\uff1a]?")


def is_forward_line(line: str) -> bool:
    """Whether the line opens a mail that is passed on, which is content and no quote."""
    line = line.strip().lower()
    if len(line) > MAX_LINE:
        return False
    return bool(_BEGIN_FORWARD.fullmatch(line) or _FORWARDED.search(_separator_words(line)))


def quote_starts_at(lines: list[str], index: int) -> bool:
    """Whether everything from lines[index] on is an earlier mail, without marks of its own."""
    line = lines[index].strip()[:MAX_LINE].lower()
    if _separator_words(line) in _ORIGINAL:
        return True
    if _RULE.fullmatch(line):
        below = _next_filled(lines, index + 1)
        return below is not None and _is_block(lines, below, enough=2)
    return _is_block(lines, index, enough=3)


def _separator_words(line: str) -> str:
    # QQ writes HTML's blanks into its plain text.
    match = _SEPARATOR.fullmatch(line.replace("&nbsp;", " "))
    return match[1].replace("\u2019", "'") if match else ""


def _next_filled(lines: list[str], index: int) -> int | None:
    return next((i for i in range(index, min(index + 3, len(lines))) if lines[i].strip()), None)


def _is_block(lines: list[str], index: int, enough: int) -> bool:
    """Whether a block of header fields begins here.

    An address, "Sent", or a subject and no date without digits tells it from a letter that names a route
    ("From: Berlin").
    """
    if not _field(lines[index])[0]:
        return False
    found: dict[str, str] = {}
    for line in lines[index : index + WITHIN]:
        kind, value = _field(line)
        found.setdefault(kind, value)
    found.pop("", None)
    dated = any(map(str.isdigit, found.get("date", "0")))
    subject = "subject" in found and dated
    proof = subject or "sent" in found or "@" in "".join(found.values())
    return "from" in found and len(found) >= enough and proof


@lru_cache(maxsize=2 * WITHIN)
def _field(line: str) -> tuple[str, str]:
    """The kind of the header field in this line and its value; nothing when it is none."""
    match = _FIELD.match(line[:MAX_LINE])
    kind = _KINDS.get(match[1].strip().lower(), "") if match else ""
    return (kind, match[2]) if match and kind else ("", "")
