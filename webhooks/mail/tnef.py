"""What Outlook packs into winmail.dat: the letter and its files ([MS-OXTNEF], [MS-OXCDATA]).

tnefparse reads it as well, but copies the rest of the file for each object and believes each count: a crafted one
of 1 MB takes it hours. Only what is wanted is read here, each byte once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from webhooks.mail import charset

MAX_FILES = 100
MAX_OBJECTS = 10_000
MAX_PROPERTIES = 2_000  # of one object
_SIGNATURE = b"\x78\x9f\x3e\x22"
_CODEPAGE, _BODY, _PROPERTIES = 0x9007, 0x800C, 0x9003
_NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# Properties of the letter and of a file.
_TEXT, _HTML, _PREVIEW, _INTERNET_CODEPAGE = 0x1000, 0x1013, 0x3FD9, 0x3FDE
_LONG_NAME, _NAME, _CONTENT, _TYPE, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712
# Sizes of the types that have a fixed one, padded to four bytes.
_SIZES = {2: 4, 3: 4, 4: 4, 10: 4, 11: 4, 5: 8, 6: 8, 7: 8, 20: 8, 64: 8, 72: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 30, 31, 13, 258
_MANY, _NAMED = 0x1000, 0x8000
_INTERFACE = 16  # bytes before an object's own: the id of what reads it
_OBJECT_HEAD = struct.Struct("<BHHI")


@dataclass
class PackedFile:
    """A file, as it was named there."""

    name: str = ""
    content_type: str = ""
    content: bytes = b""
    content_id: str = ""


@dataclass
class Unpacked:
    """What was inside."""

    plain: str = ""
    html: str = ""
    files: list[PackedFile] = field(default_factory=list)


def unpack(data: bytes) -> Unpacked:
    """The letter and its files as far as they can be read; nothing of what is no such file."""
    found, codepage = Unpacked(), ""
    for name, content in _objects(data):
        if name == _CODEPAGE:
            codepage = _codepage(content)
        elif name == _BODY:
            found.plain = charset.decode(content.rstrip(b"\0"), codepage)
        elif name == _PROPERTIES:
            _read_letter(found, content, codepage)
        elif name == _NEW_FILE:
            found.files.append(PackedFile())
        elif found.files:
            _read_file(found.files[-1], name, content, codepage)
        if len(found.files) > MAX_FILES:
            break
    found.files = [file for file in found.files[:MAX_FILES] if file.content or file.name]
    return found


def _objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6  # the signature and a key
    if not data.startswith(_SIGNATURE):
        return
    for _ in range(MAX_OBJECTS):
        if at + _OBJECT_HEAD.size > len(data):
            return
        _, name, _, length = _OBJECT_HEAD.unpack_from(data, at)
        at += _OBJECT_HEAD.size
        yield name, data[at : at + length]
        at += length + 2  # a checksum


def _read_letter(found: Unpacked, content: bytes, codepage: str) -> None:
    properties = dict(_properties(content))
    internet = _codepage(properties.get(_INTERNET_CODEPAGE, (0, b""))[1])
    found.plain = _text(properties.get(_TEXT), codepage) or found.plain
    found.html = _text(properties.get(_HTML), internet or codepage)
    if not (found.plain or found.html):
        found.plain = _text(properties.get(_PREVIEW), codepage)


def _read_file(file: PackedFile, name: int, content: bytes, codepage: str) -> None:
    if name == _TITLE:
        file.name = file.name or charset.decode(content.rstrip(b"\0"), codepage)
    elif name == _DATA:
        file.content = content
    elif name == _FILE_PROPERTIES:
        found = dict(_properties(content))
        long_name = _text(found.get(_LONG_NAME), codepage) or _text(found.get(_NAME), codepage)
        file.name = long_name or file.name
        file.content_type = _text(found.get(_TYPE), codepage)
        file.content_id = _text(found.get(_CONTENT_ID), codepage)
        kind, inner = found.get(_CONTENT, (0, b""))
        file.content = (inner[_INTERFACE:] if kind == _OBJECT else inner) or file.content


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """The id of each property with its type and (first) value, until something cannot be read."""
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, at)
            at = _behind_name(data, at + 4) if name >= _NAMED else at + 4
            value, at = _value(data, at, kind)
            yield name, (kind & ~_MANY, value)
    except (struct.error, KeyError):
        return


def _behind_name(data: bytes, at: int) -> int:
    """Behind what says which property one with a number above 0x8000 is."""
    (is_string,) = struct.unpack_from("<I", data, at + 16)
    (length,) = struct.unpack_from("<I", data, at + 20)
    return at + 24 + (_padded(length) if is_string else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    is_list, kind = bool(kind & _MANY), kind & ~_MANY
    count = 1
    if is_list or kind not in _SIZES:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    first = b""
    for number in range(min(count, MAX_PROPERTIES)):
        if at > len(data):
            raise struct.error("It is cut off.")
        if kind in _SIZES:
            length = size = _SIZES[kind]
        elif kind in (_STRING, _UNICODE, _OBJECT, _BINARY):
            (length,) = struct.unpack_from("<I", data, at)
            at, size = at + 4, _padded(length)
        else:
            raise KeyError(kind)
        first = data[at : at + length] if number == 0 else first
        at += size
    return first, at


def _padded(length: int) -> int:
    return length + -length % 4


def _text(found: tuple[int, bytes] | None, codepage: str) -> str:
    kind, value = found or (0, b"")
    if kind == _UNICODE:
        return charset.decode(value, "utf-16-le").rstrip("\0")
    return charset.decode(value.rstrip(b"\0"), codepage) if kind in (_STRING, _BINARY) else ""


def _codepage(content: bytes) -> str:
    number = int.from_bytes(content[:4], "little")
    return {65001: "utf-8", 20127: "ascii"}.get(number, f"cp{number}") if number else ""
