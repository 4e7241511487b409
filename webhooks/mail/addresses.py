"""Addresses, names and message ids out of header fields, in time linear to their length."""

from __future__ import annotations

import re
from collections.abc import Iterable

from webhooks.mail.headers import Headers, decode_words, one_line

MAX_ADDRESS = 320
MAX_NAME = 255
MAX_RECIPIENTS = 1_000
MAX_IDS = 100
MAX_ID = 998  # a line of a mail holds no more (RFC 5322 section 2.1.1)
# Where to look, in order of evidence: what the delivering server wrote stands before the writer's.
RECIPIENT_FIELDS = ("Delivered-To", "X-Original-To", "To", "Cc")

# An open quote is matched up to the end as well, or each of many would be searched for its end.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+("?)', re.DOTALL)
_BETWEEN = re.compile(r"[\s<>,;:\"()\\]+")
_ANGLE = re.compile(r"<([^<>]*)>")
_ID = re.compile(r"<[^<>\s]+>")


def recipients(headers: Headers) -> tuple[str, ...]:
    """Every address the mail was for, as its header fields tell, each once."""
    found = (
        address
        for field in RECIPIENT_FIELDS
        for value in headers.all(field)
        for address in addresses_in(value)
    )
    return distinct(found)


def distinct(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses in their order, each once, whatever its case; at most MAX_RECIPIENTS."""
    unique: dict[str, str] = {}
    for address in addresses:
        unique.setdefault(address.lower(), address)
    return tuple(unique.values())[:MAX_RECIPIENTS]


def sender(headers: Headers) -> tuple[str, str]:
    """Address and display name of the writer: the first From, else Sender, else nothing."""
    for field in ("From", "Sender"):
        for value in headers.all(field):
            if address := _first_address(value):
                return address, _display_name(value, address)
    return "", ""


def addresses_in(value: str) -> list[str]:
    """The addresses of one field, however malformed, with the domain in lower case."""
    bare = _unquoted(value)
    return _addresses(bare) or _addresses(value)


def ids_in(values: Iterable[str]) -> tuple[str, ...]:
    """The message ids of the fields as `<...>`, in their order, each once; the last MAX_IDS."""
    ids = [found for value in values for found in _ids(value) if len(found) <= MAX_ID]
    return tuple(dict.fromkeys(ids))[-MAX_IDS:]


def _unquoted(value: str) -> str:
    """The field without its quoted names; a quote that is never closed quotes nothing."""
    return _QUOTED.sub(lambda found: " " if found[1] else found[0], value)


def _first_address(value: str) -> str:
    """The address in angle brackets before any other: display names hold addresses, too."""
    bare = _unquoted(value)
    for candidate in (*_ANGLE.findall(bare), bare, value):
        if found := _addresses(candidate):
            return found[0]
    return ""


def _addresses(text: str) -> list[str]:
    found = []
    for token in _BETWEEN.split(text):
        token = token.strip("'.").lstrip("[")
        local, _, domain = token.rpartition("@")
        if local and domain and len(token) <= MAX_ADDRESS and token.isprintable():
            found.append(f"{local}@{domain.lower()}")
    return found


def _display_name(value: str, address: str) -> str:
    before, bracket, _ = value.partition("<")
    if not bracket:
        _, opened, comment = value.partition("(")
        before = comment.partition(")")[0] if opened else ""
    name = one_line(decode_words(before)).strip("\"' ").replace('\\"', '"')
    visible = "".join(char for char in name if char.isprintable())[:MAX_NAME].strip()
    return "" if visible.lower() == address.lower() else visible


def _ids(value: str) -> list[str]:
    bracketed = _ID.findall(value)
    if bracketed or "<" in value:
        return bracketed
    return [f"<{token}>" for token in value.replace(">", " ").split() if "@" in token]
