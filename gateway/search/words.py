"""Which words of a text can be searched for: the same for what was written and for what is asked."""

from __future__ import annotations

import unicodedata

# A dot or a slash of a text parts words, a mark of an accent does not (Unicode, general categories).
PART_OF_A_WORD = "LMN"
# Scripts that put no space between words: each of their characters is a word of its own.
WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
LONGEST_WORD = 60  # characters; PostgreSQL takes 2,046 bytes
MOST_WORDS = 2000  # different ones of one text: ten pages; a row holds about a megabyte
SHORTEST_ENDING = 3  # digits
LONGEST_NUMBER = (
    20  # digits; a telephone number has 15 (ITU-T E.164), a WhatsApp user id may have 128
)


def words_of(*texts: str) -> list[str]:
    """The different words of these texts, small, in the order in which they come; at most MOST_WORDS."""
    plain = unicodedata.normalize("NFKC", "\n".join(texts)).casefold().translate(_parting)
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in plain.split()))[:MOST_WORDS]


def endings_of(number: str) -> list[str]:
    """Every ending of a telephone number's digits: any part of it is then the beginning of a word."""
    digits = "".join(digit for digit in number if digit.isdecimal())[-LONGEST_NUMBER:]
    return [digits[start:] for start in range(len(digits) - SHORTEST_ENDING + 1)]


class _Parting(dict[int, str]):
    """For `str.translate`: what stays of each character; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = kept = _kept(chr(code))
        return kept


def _kept(character: str) -> str:
    if unicodedata.category(character)[0] not in PART_OF_A_WORD:
        return " "
    alone = any(first <= ord(character) <= last for first, last in WITHOUT_SPACES)
    return f" {character} " if alone else character


_parting = _Parting()
