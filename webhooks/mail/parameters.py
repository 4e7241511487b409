"""The parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2231)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from webhooks.mail import charset
from webhooks.mail.headers import decode_words

# What lies beyond is not read: it bounds the time on a crafted header.
MAX_LENGTH = 4_000
_PARAMETER = re.compile(
    r';\s*+(?P<name>[^\s=;"*]{1,60})(?:\*(?P<index>\d{1,3}))?(?P<extended>\*)?\s*+='
    r'\s*+(?P<value>"(?:[^"\\]|\\.)*+"|[^;]*+)'
)
_ESCAPED = re.compile(r"\\(.)")


def parse(value: str) -> tuple[str, dict[str, str]]:
    """The bare value in lower case and its parameters, names in lower case, values decoded."""
    value = value[:MAX_LENGTH]
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(value):
        piece = (bool(match["extended"]), _unquote(match["value"]))
        pieces.setdefault(match["name"].lower(), {}).setdefault(int(match["index"] or 0), piece)
    bare = value.partition(";")[0].strip().strip("\"'").lower()
    return bare, {name: _join(parts) for name, parts in pieces.items()}


def _unquote(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        return _ESCAPED.sub(r"\1", value[1:-1])
    return value.strip('"')


def _join(parts: dict[int, tuple[bool, str]]) -> str:
    """One value from its numbered pieces; the first extended one names the charset."""
    ordered = [parts[index] for index in sorted(parts)]
    if not any(extended for extended, _ in ordered):
        return decode_words("".join(text for _, text in ordered))
    label, first = _charset_of(ordered[0][1])
    texts = [first, *(text for _, text in ordered[1:])]
    data = [
        unquote_to_bytes(text) if extended else text.encode()
        for (extended, _), text in zip(ordered, texts, strict=True)
    ]
    return charset.decode(b"".join(data), label)


def _charset_of(value: str) -> tuple[str, str]:
    label, first_quote, rest = value.partition("'")
    _language, second_quote, text = rest.partition("'")
    return (label, text) if first_quote and second_quote else ("", value)
