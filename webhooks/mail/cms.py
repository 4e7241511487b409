"""The mail inside an S/MIME envelope that is only signed (RFC 8551 section 3.5.2, RFC 5652 section 5).

Only the way to the content is read, in BER (X.690 section 8): libraries that read all of an envelope
take minutes for a crafted one.
"""

from __future__ import annotations

from collections.abc import Iterator

_SEQUENCE, _SET, _OID, _OCTETS, _OCTETS_IN_PIECES, _CONTENT = 0x30, 0x31, 0x06, 0x04, 0x24, 0xA0
_LONG_TAG, _INDEFINITE = 0x1F, 0x80
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
MAX_DEPTH = 4  # of strings in pieces in each other

Value = tuple[int, memoryview]


def signed_content(data: bytes) -> bytes | None:
    """What was signed, or None where it is no such envelope or cannot be read: then it is sealed."""
    try:
        return b"".join(_octets(_content(memoryview(data)), MAX_DEPTH))
    except (ValueError, IndexError):
        return None


def _content(data: memoryview) -> memoryview:
    """ContentInfo, in it SignedData, in it EncapsulatedContentInfo, in it the string."""
    (kind, identifier), signed, *_ = _values(_inside(data, _SEQUENCE))
    if kind != _OID or bytes(identifier) != _SIGNED_DATA:
        raise ValueError("It is not signed.")
    _, _, (tag, encapsulated), *_ = _values(_inside(_inside_of(signed, _CONTENT), _SEQUENCE))
    if tag != _SEQUENCE:
        raise ValueError("It has no content.")
    _, content, *_ = _values(encapsulated)
    return _inside_of(content, _CONTENT)


def _inside(data: memoryview, tag: int) -> memoryview:
    return _inside_of(next(_values(data), (0, data)), tag)


def _inside_of(value: Value, tag: int) -> memoryview:
    if value[0] != tag:
        raise ValueError("It is something else.")
    return value[1]


def _octets(data: memoryview, depth: int) -> Iterator[memoryview]:
    """The pieces of a string: one, or as many as a program that streams has written."""
    for tag, value in _values(data):
        if tag == _OCTETS_IN_PIECES and depth:
            yield from _octets(value, depth - 1)
        else:
            yield _inside_of((tag, value), _OCTETS)


def _values(data: memoryview) -> Iterator[Value]:
    """Tag and content of each value in a row."""
    at = 0
    while at < len(data):
        tag, start, length = _head(data, at)
        end, at = _open_end(data, start) if length is None else (start + length, start + length)
        if at > len(data):
            raise ValueError("It is cut off.")
        yield tag, data[start:end]


def _head(data: memoryview, at: int) -> tuple[int, int, int | None]:
    """The tag, where its content starts, and how long that is; None where a mark ends it."""
    tag, first = data[at], data[at + 1]
    if tag & _LONG_TAG == _LONG_TAG:
        raise ValueError("No part of an envelope has such a tag.")
    if first == _INDEFINITE:
        return tag, at + 2, None
    if first < _INDEFINITE:
        return tag, at + 2, first
    size = first - _INDEFINITE
    return tag, at + 2 + size, int.from_bytes(data[at + 2 : at + 2 + size])


def _open_end(data: memoryview, at: int) -> tuple[int, int]:
    """Where the content ends that ends with a mark, and where the next value starts."""
    depth = 1
    while True:
        if data[at] == 0 and data[at + 1] == 0:
            depth -= 1
            if not depth:
                return at, at + 2
            at += 2
            continue
        _, start, length = _head(data, at)
        depth += length is None
        at = start + (length or 0)
