"""What phone networks make of a text: its alphabet and its segments (3GPP TS 23.038)."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a septet

# What text programs and phones put in place of a plain character. Each one of them would turn a
# whole text to UCS-2, in which a segment holds less than half as much.
_QUOTE = "\u2018\u2019\u201a\u201b\u2032\u2039\u203a`\u00b4"
_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u00b7"
_SPACES = (
    "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_UNSEEN = "\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff"
_PLAIN = str.maketrans(
    {
        **dict.fromkeys(_QUOTE, "'"),
        **dict.fromkeys(_QUOTES, '"'),
        **dict.fromkeys(_DASHES, "-"),
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_UNSEEN, ""),
        **dict.fromkeys("\u2028\u2029", "\n"),
        "\u2026": "...",
    }
)


class Alphabet(NamedTuple):
    """How many units a text may have in one segment, and in each of several."""

    name: str
    alone: int
    joined: int


GSM = Alphabet("GSM-7", 160, 153)
UCS2 = Alphabet("UCS-2", 70, 67)


class Segments(NamedTuple):
    """How a text travels: in how many segments, in which alphabet, and how many units the last one still takes."""

    number: int
    alphabet: Alphabet
    left: int


def segments_of(text: str) -> Segments:
    """The segments of a text, each of which is paid for.

    A character that takes two units (an extension of GSM-7, a surrogate pair of UCS-2) is never cut
    by the end of a segment.
    """
    alphabet = GSM if _is_gsm(text) else UCS2
    sizes = [_units(character, alphabet) for character in text]
    if sum(sizes) <= alphabet.alone:
        return Segments(1, alphabet, alphabet.alone - sum(sizes))
    count, used = 1, 0
    for size in sizes:
        if used + size > alphabet.joined:
            count, used = count + 1, 0
        used += size
    return Segments(count, alphabet, alphabet.joined - used)


def plain(text: str) -> str:
    """The text with typographic characters as plain ones, where this brings all of it into GSM-7.

    Else the text as it was: an emoji or a letter of another script costs as much with plain quotes.
    """
    if _is_gsm(text):
        return text
    plainer = unicodedata.normalize("NFC", text).translate(_PLAIN)
    is_cheaper = _is_gsm(plainer) and segments_of(plainer).number <= segments_of(text).number
    return plainer if is_cheaper else text


def _is_gsm(text: str) -> bool:
    return all(character in _BASIC or character in _EXTENDED for character in text)


def _units(character: str, alphabet: Alphabet) -> int:
    if alphabet is GSM:
        return 2 if character in _EXTENDED else 1
    return 2 if character > "\uffff" else 1
