"""What passes between the gateway and the parsing process: lengths, JSON and bytes.

No pickle: whoever took over the parser must not run code in the process that asked it.
"""

from __future__ import annotations

import json
import struct
from dataclasses import astuple
from typing import IO, Any

from webhooks.mail.parsed import ParsedFile, ParsedMail, Report

READY = b"+"
_LENGTHS = struct.Struct(">II")
_LENGTH = struct.Struct(">I")


def write_ready(stream: IO[bytes]) -> None:
    """Says that the parser has started."""
    stream.write(READY)
    stream.flush()


def read_ready(stream: IO[bytes]) -> bool:
    """Whether the parser has started; False when it died before."""
    return stream.read(len(READY)) == READY


def write_request(stream: IO[bytes], raw: bytes, stripped_text: str) -> None:
    """Sends one mail."""
    extra = stripped_text.encode("utf-8", "replace")
    stream.write(_LENGTHS.pack(len(raw), len(extra)))
    stream.write(raw)
    stream.write(extra)
    stream.flush()


def read_request(stream: IO[bytes]) -> tuple[bytes, str] | None:
    """The next mail with the provider's stripped text, or None when the other side is gone."""
    try:
        raw_length, extra_length = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
        return _exactly(stream, raw_length), _exactly(stream, extra_length).decode()
    except EOFError:
        return None


def write_answer(stream: IO[bytes], mail: ParsedMail) -> None:
    """Sends one parsed mail: its values as JSON, then the contents of its files."""
    values = {
        **vars(mail),
        "files": [_described(file) for file in mail.files],
        "reports": [astuple(report) for report in mail.reports],
    }
    encoded = json.dumps(values).encode()
    stream.write(_LENGTH.pack(len(encoded)))
    stream.write(encoded)
    for file in mail.files:
        stream.write(file.content)
    stream.flush()


def read_answer(stream: IO[bytes]) -> ParsedMail:
    """The next parsed mail. Raises EOFError when the process died."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    values: dict[str, Any] = json.loads(_exactly(stream, length))
    files = [_file(stream, *described) for described in values.pop("files")]
    reports = tuple(Report(*values_of) for values_of in values.pop("reports"))
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    return ParsedMail(**values, files=tuple(files), reports=reports)


def _described(file: ParsedFile) -> tuple[str, str, str, int]:
    return file.name, file.content_type, file.content_id, len(file.content)


def _file(
    stream: IO[bytes], name: str, content_type: str, content_id: str, length: int
) -> ParsedFile:
    return ParsedFile(name, content_type, _exactly(stream, length), content_id)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError("The other side closed the pipe.")
    return data
