"""A parsed message as bytes again, its fields and contents as they came.

The email package's own generator folds and re-encodes, and raises on odd input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from webhooks.mail.transfer import raw_of

_BOUNDARY = re.compile(
    r'\bboundary\s*+=\s*+(?:"([^"\r\n]{1,200})"|([^";\s]{1,200}))', re.IGNORECASE
)
_LINE_ENDS = re.compile(r"\r\n|\r|\n")


def flatten(message: Message) -> bytes:
    """The message as RFC 5322 text. Fields that hold characters are written as UTF-8 (RFC 6532)."""
    return b"\n".join(_lines(message, depth=0))


def _lines(part: Message, depth: int) -> Iterator[bytes]:
    payload = part.get_payload()
    children = [c for c in payload if isinstance(c, Message)] if isinstance(payload, list) else []
    boundary = _boundary_of(part, depth) if _is_container(part) and children else ""
    for name, value in part.raw_items():
        yield _field(name, str(value), boundary)
    yield b""
    if boundary:
        for child in children:
            yield b"--" + boundary.encode()
            yield from _lines(child, depth + 1)
        yield b"--" + boundary.encode() + b"--"
    elif children:
        for child in children:
            yield from _lines(child, depth + 1)
    else:
        yield raw_of(part)


def _is_container(part: Message) -> bool:
    return _raw_type(part).strip().lower().startswith("multipart/")


def _boundary_of(part: Message, depth: int) -> str:
    """Its own, or one made of the depth: the result is the same every time."""
    match = _BOUNDARY.search(_raw_type(part))
    return (match[1] or match[2]) if match else f"=_part_of_depth_{depth}"


def _raw_type(part: Message) -> str:
    fields = (str(value) for name, value in part.raw_items() if name.lower() == "content-type")
    return next(fields, "")


def _field(name: str, value: str, boundary: str) -> bytes:
    if boundary and name.lower() == "content-type" and not _BOUNDARY.search(value):
        value = f'{value.strip()}; boundary="{boundary}"'
    # A line end inside a value that is no fold would start a field of its own.
    folded = _LINE_ENDS.sub("\n ", value.strip()).replace("\n  ", "\n ")
    return f"{name}: {folded}".encode("utf-8", "surrogateescape")
