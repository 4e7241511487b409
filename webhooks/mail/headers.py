"""The header fields of a part, read without the email package's accessors, which raise on odd input."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email.message import Message

from webhooks.mail import charset

# Longer values are cut before they are decoded: nobody reads more, and it bounds the time.
MAX_DECODED = 8_000
# RFC 2047 section 2. Programs in the field leave blanks and question marks in the text.
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.{0,800}?)\?=")


class Headers:
    """The fields of one part by name, in their order, unfolded; raw bytes in them are repaired."""

    def __init__(self, message: Message) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            self._fields.setdefault(name.lower(), []).append(_unfold(str(value)))

    def all(self, name: str) -> list[str]:
        """Every value of the field, encoded words left as they came."""
        return self._fields.get(name.lower(), [])

    def get(self, name: str) -> str:
        """The first value of the field, or nothing."""
        return next(iter(self.all(name)), "")

    def text(self, name: str) -> str:
        """The first value with its encoded words decoded, on one line."""
        return one_line(decode_words(self.get(name)))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._fields


def decode_words(value: str) -> str:
    """Text with its encoded words decoded (RFC 2047); a broken one stays as it came.

    A character may be split over neighbouring words, so the bytes are joined first.
    """
    runs: list[tuple[str, bytes]] = []
    for codec, data in _runs(value[:MAX_DECODED]):
        if runs and runs[-1][0] == codec:
            runs[-1] = (codec, runs[-1][1] + data)
        else:
            runs.append((codec, data))
    return "".join(charset.decode(data, codec) for codec, data in runs)


def one_line(text: str, limit: int = 0) -> str:
    """Text with every run of blanks and line ends as one blank, cut to `limit` characters."""
    line = " ".join(text.split())
    return line[:limit].rstrip() if limit else line


def _unfold(value: str) -> str:
    return charset.repair(value.replace("\r", "").replace("\n", "")).strip()


def _runs(value: str) -> Iterator[tuple[str, bytes]]:
    end, after_word = 0, False
    for word in _ENCODED_WORD.finditer(value):
        between = value[end : word.start()]
        if between.strip() or not after_word:
            yield "utf-8", between.encode()
        yield word[1].partition("*")[0].lower(), _word_bytes(word[2], word[3])
        end, after_word = word.end(), True
    yield "utf-8", value[end:].encode()


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    try:
        return binascii.a2b_base64(data + b"==")
    except binascii.Error:
        return data
