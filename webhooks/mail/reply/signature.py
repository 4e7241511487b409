"""Where a signature begins, told by the signs that programs agree on; never by guessing at names."""

from __future__ import annotations

import re
from itertools import pairwise

from webhooks.mail.reply.words import any_of, words

MAX_LINES = 20  # what is longer is a letter
MAX_LINE = 100
LAST = 6  # filled lines from the end in which a phone's line is looked for

# RFC 3676 section 4.3; many programs lose the blank.
_DELIMITER = re.compile(r"(?:--|\u2014|\u2013\u2013)\s{0,3}")
_LIST_RULE = re.compile(r"_{20,200}\s{0,3}")
_LIST_FOOTER = re.compile(r"mailing list|mailman|listinfo|unsubscribe|google groups", re.IGNORECASE)
_DEVICE = re.compile(any_of(words("device")), re.IGNORECASE)
# After the words a device is named, not a sentence begun.
_SENTENCE = re.compile(r"[,;!?]|\.\s")
_LINK = re.compile(r"\s?[<(\[]https?:[^\s]{0,500}")
_DASHED_NAME = re.compile(r"[-~\u2013\u2014]{1,2}[^\W\d_]+(?: [^\W\d_]+\.?){0,2}")


def signature_start(lines: list[str]) -> int:
    """The index of the first line of the signature; len(lines) when there is none."""
    end = len(lines)
    for find in (_list_footer, _delimiter, _device_line, _dashed_name):
        end = find(lines[:end])
    return end


def _list_footer(lines: list[str]) -> int:
    for index in range(max(len(lines) - MAX_LINES, 0), len(lines)):
        rest = "\n".join(lines[index + 1 :])[:2_000]
        if _LIST_RULE.fullmatch(lines[index][:300]) and _LIST_FOOTER.search(rest):
            return index
    return len(lines)


def _delimiter(lines: list[str]) -> int:
    for index in range(max(len(lines) - MAX_LINES, 0), len(lines)):
        if _DELIMITER.fullmatch(lines[index][:10]) and not _has_prose(lines[index + 1 :]):
            return index
    return len(lines)


def _has_prose(lines: list[str]) -> bool:
    """Two long lines in a row: a signature has none."""
    return any(len(a) > MAX_LINE and len(b) > MAX_LINE for a, b in pairwise(lines))


def _device_line(lines: list[str]) -> int:
    for index in _filled(lines)[-LAST:]:
        line = _LINK.sub("", lines[index].strip()[:600])
        if len(line) <= MAX_LINE and _DEVICE.fullmatch(line) and not _SENTENCE.search(line):
            return index
    return len(lines)


def _dashed_name(lines: list[str]) -> int:
    """`-Ann Bell` as the last line, alone; not the last point of a list."""
    last = next(iter(_filled(lines)[-1:]), 0)
    alone = last > 0 and not lines[last - 1].strip()
    if not alone or not _DASHED_NAME.fullmatch(lines[last].strip()[:MAX_LINE]):
        return len(lines)
    dashed = sum(1 for line in lines[-MAX_LINES:] if line.lstrip().startswith("-"))
    return last if dashed <= 1 else len(lines)


def _filled(lines: list[str]) -> list[int]:
    """The indexes of the last lines that hold something."""
    first = max(len(lines) - 40, 0)
    return [index for index in range(first, len(lines)) if lines[index].strip()]
