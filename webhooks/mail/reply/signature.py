"""What of a letter is its signature, told by the signs that programs agree on; in doubt nothing is."""

from __future__ import annotations

import re
from itertools import pairwise

from webhooks.mail.reply.words import any_of, words

MAX_LINES = 20  # what is longer is a letter
MAX_LINE = 100
LAST = 6  # filled lines from the end in which a phone's line is looked for
MAX_NAME = 5  # words of a name with its titles

# RFC 3676 section 4.3.
_DELIMITER = "-- "
# Many programs lose the blank, and people draw such a line between two parts of a letter.
_RULE = re.compile(r"(?:--|\u2014|\u2013\u2013)\s{0,3}")
_LIST_RULE = re.compile(r"_{20,200}\s{0,3}")
_LIST_FOOTER = re.compile(r"mailing list|mailman|listinfo|unsubscribe|google groups", re.IGNORECASE)
# Finnish puts "from" behind the name: "iPhonesta".
_PROGRAM = rf".{{0,30}}?(?<![a-z])(?:{any_of(words('program'))})(?:i?sta(?:ni)?)?(?![a-z]).{{0,40}}"
_KNOWN_DEVICE = re.compile(any_of(words("device"), _PROGRAM), re.IGNORECASE)
# Chinese and Japanese write no blanks between words.
_OWN = rf"(?:{any_of(words('my'))})(?:\s|(?<=[\u3040-\u9fff]))\S{{1,20}}(?: \S{{1,20}}){{0,2}}"
_OWN_DEVICE = re.compile(any_of(words("device"), _OWN), re.IGNORECASE)
# After the words a device is named, not a sentence begun.
_SENTENCE = re.compile(r"[,;!?]|\.\s")
_LINK = re.compile(r"\s?[<(\[]https?:[^\s]{0,500}")
_DASHED_NAME = re.compile(r"[-~\u2013\u2014]{1,2}([^\W\d_]+(?: [^\W\d_]+\.?){1,2})")
_CONTACT = re.compile(r"@|https?:|www\.|\d(?:[\s()./-]{0,3}\d){5}")
_COLONS, _QUESTIONS = (":", "\uff1a"), ("?", "\uff1f")
# Words within a name that are written small: "of", "von", "de la".
_SMALL = 3
_ASKS = re.compile(r"[?\uff1f]|^p\.?\s?s\b", re.IGNORECASE)
_POINT = re.compile(r"(?:[-*\u2022]|\w{1,2}[.:)])\s")
_PROSE = re.compile(r"(?:\S{1,40}\s){2,20}\S{1,40}[.!]$|[\u3002\uff01]$")


def signature_lines(lines: list[str]) -> set[int]:
    """The indexes of the lines that are signature."""
    end = len(lines)
    for find in (_list_footer, _delimiter):
        end = find(lines[:end])
    device = _device_line(lines[:end])
    above = lines[: device.start] if device and not any(lines[device.stop : end]) else lines[:end]
    name = _dashed_name(above)
    return {*range(end, len(lines)), *device, *range(name, len(above))}


def _list_footer(lines: list[str]) -> int:
    for index in range(max(len(lines) - MAX_LINES, 0), len(lines)):
        rest = "\n".join(lines[index + 1 :])[:2_000]
        if _LIST_RULE.fullmatch(lines[index][:300]) and _LIST_FOOTER.search(rest):
            return index
    return len(lines)


def _delimiter(lines: list[str]) -> int:
    for index in range(max(len(lines) - MAX_LINES, 0), len(lines)):
        below = lines[index + 1 :]
        if not _RULE.fullmatch(lines[index][:10]) or _has_prose(below):
            continue
        if lines[index] == _DELIMITER or (
            not _announced(lines[:index], _COLONS) and _looks_like_signature(below)
        ):
            return index
    return len(lines)


def _has_prose(lines: list[str]) -> bool:
    """Two long lines in a row: a signature has none."""
    return any(len(a) > MAX_LINE and len(b) > MAX_LINE for a, b in pairwise(lines))


def _announced(lines: list[str], by: tuple[str, ...]) -> bool:
    """Whether what follows belongs to the last of the lines, which ends so: "Two options:"."""
    last = next((lines[index].rstrip() for index in reversed(_filled(lines))), "")
    return last.endswith(by)


def _looks_like_signature(lines: list[str]) -> bool:
    """Whether nothing in it speaks to the reader; sentences may stand below a name or an address."""
    filled = [line.strip() for line in lines if line.strip()]
    points = [line for line in filled if _POINT.match(line) and not _CONTACT.search(line)]
    if len(points) > 1 or any(_ASKS.search(line) for line in filled):
        return False
    first = filled[0] if filled else ""
    named = bool(_CONTACT.search(first)) or _is_name(first)
    return named or not any(len(line) > MAX_LINE or _PROSE.search(line) for line in filled)


def _is_name(line: str) -> bool:
    """Whether the line may be the name of a person or a firm: a few words, written large."""
    first, *others = line.split() or [""]
    large = first[:1].upper() == first[:1] and all(
        word[:1].upper() == word[:1] or len(word) <= _SMALL for word in others
    )
    return large and len(others) < MAX_NAME and not re.search(r"[\d:\uff1a]|[.!]$", line)


def _device_line(lines: list[str]) -> range:
    """The line in which a device names itself, with the blank ones below; what else is below was written."""
    filled = _filled(lines)
    for index in filled[-LAST:]:
        line = _LINK.sub("", lines[index].strip()[:600]).rstrip(".")
        if len(line) > MAX_LINE or _SENTENCE.search(line):
            continue
        alone = index == filled[-1] and index > 0 and not lines[index - 1].strip()
        if _KNOWN_DEVICE.fullmatch(line) or (alone and _OWN_DEVICE.fullmatch(line)):
            return range(index, next((below for below in filled if below > index), len(lines)))
    return range(0)


def _dashed_name(lines: list[str]) -> int:
    """`-Ann Bell` as the last line, alone; not the last point of a list, nor the answer to a question."""
    last = next(iter(_filled(lines)[-1:]), 0)
    alone = (
        last > 0
        and not lines[last - 1].strip()
        and not _announced(lines[:last], _COLONS + _QUESTIONS)
    )
    name = _DASHED_NAME.fullmatch(lines[last].strip()[:MAX_LINE]) if alone else None
    if not name or not _is_name(name[1].rstrip(".")):
        return len(lines)
    dashed = sum(1 for line in lines[-MAX_LINES:] if line.lstrip().startswith("-"))
    return last if dashed <= 1 else len(lines)


def _filled(lines: list[str]) -> list[int]:
    """The indexes of the last lines that hold something."""
    first = max(len(lines) - 40, 0)
    return [index for index in range(first, len(lines)) if lines[index].strip()]
