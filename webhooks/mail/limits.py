"""What is checked on the bytes of a mail before any parser sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

MEGABYTE = 1024 * 1024
MAX_SIZE = 50 * MEGABYTE  # bytes; the largest that a provider delivers (Mailgun, SendGrid: 30 MB)
MAX_HEADER_BLOCK = 512 * 1024  # bytes
MAX_HEADER = 64 * 1024  # bytes of one field
MAX_LINES = 2_000_000  # the largest mail in base64 has 700,000; each costs the parser memory
MAX_PARTS = 500
MAX_CONTAINERS = 100  # multiparts and attached mails; no mail is nested deeper than it has of them
MAX_RECIPIENTS = 1_000
MAX_PARENTHESES = 100  # in one address field; nested comments are recursion in many parsers
HEAD = 64 * 1024  # bytes of the header block that are read of a mail that is otherwise refused

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_FIELD_START = re.compile(rb"^[^\s:]+[ \t]*:", re.MULTILINE)
_ADDRESS_FIELDS = frozenset(
    (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc", b"delivered-to", b"x-original-to")
)
_BOUNDARY = re.compile(rb'\bboundary\s*+=\s*+"?([^"\r\n;]{1,200})', re.IGNORECASE)
_ATTACHED_MAIL = re.compile(rb"^content-type:\s*+message/", re.IGNORECASE | re.MULTILINE)
_DELIMITER = re.compile(rb"^--([^\r\n]{1,200})", re.MULTILINE)


def exceeded(raw: bytes) -> str:
    """Why the mail may not be parsed, in plain words, or nothing. Linear in the size of the mail."""
    if len(raw) > MAX_SIZE:
        return f"It is larger than {MAX_SIZE // MEGABYTE} MB."
    if raw.count(b"\n") > MAX_LINES:
        return f"It has more than {MAX_LINES} lines."
    return _header_excess(_header_block(raw)) or _structure_excess(raw)


def head_of(raw: bytes) -> bytes:
    """The beginning of the header block, for a mail of which only that may be read."""
    return _header_block(raw[:HEAD])


def _header_block(raw: bytes) -> bytes:
    end = _END_OF_HEADERS.search(raw)
    return raw[: end.start()] if end else raw


def _header_excess(block: bytes) -> str:
    if len(block) > MAX_HEADER_BLOCK:
        return f"Its header is longer than {MAX_HEADER_BLOCK // 1024} kB."
    recipients = 0
    for name, field in _fields(block):
        if len(field) > MAX_HEADER:
            return f"A field of its header is longer than {MAX_HEADER // 1024} kB."
        if name in _ADDRESS_FIELDS:
            recipients += field.count(b"@")
            if field.count(b"(") > MAX_PARENTHESES:
                return "An address field of its header is malformed on purpose."
    return f"It names more than {MAX_RECIPIENTS} addresses." if recipients > MAX_RECIPIENTS else ""


def _fields(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    starts = [match.start() for match in _FIELD_START.finditer(block)]
    for start, end in pairwise([*starts, len(block)]):
        field = block[start:end]
        yield field.partition(b":")[0].strip().lower(), field


def _structure_excess(raw: bytes) -> str:
    boundaries = _BOUNDARY.findall(raw)
    if len(boundaries) + len(_ATTACHED_MAIL.findall(raw)) > MAX_CONTAINERS:
        return f"It is nested too deep: more than {MAX_CONTAINERS} mails and parts in each other."
    declared = {boundary.strip() for boundary in boundaries}
    if not declared:
        return ""
    lines = (match[1].rstrip() for match in _DELIMITER.finditer(raw))
    parts = sum(1 for line in lines if line in declared)
    return f"It has more than {MAX_PARTS} parts." if parts > MAX_PARTS else ""
