"""Form data of any size, read from the raw body.

Django's own parser refuses more than 100 files, 1,000 fields or 2.5 MB, with no switch for a single
route, and drops files whose names it dislikes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters

from webhooks.refusal import Refusal

MOST_PARTS = 10_000
UTF8 = "utf-8"


@dataclass(frozen=True)
class Part:
    """One field or file: its name, its bytes, and for a file the name and type it came with."""

    name: str
    content: bytes
    filename: str | None = None
    content_type: str = ""


@dataclass(frozen=True)
class FormData:
    """What Django would call POST and FILES."""

    fields: QueryDict = field(default_factory=lambda: QueryDict(mutable=True, encoding=UTF8))
    files: MultiValueDict[str, UploadedFile[Any]] = field(default_factory=MultiValueDict)


def read_form_data(body: bytes, content_type: str) -> FormData:
    """The form in the body, empty when the body is none. Raises Refusal 400 when it cannot be read."""
    kind, parameters = _kind_of(content_type)
    if kind == "application/x-www-form-urlencoded":
        return _form_of(_urlencoded(body))
    if kind == "multipart/form-data":
        return _form_of(_multipart(body, parameters.get("boundary", "")))
    return FormData()


def _kind_of(content_type: str) -> tuple[str, dict[str, str]]:
    try:
        return parse_header_parameters(content_type)
    except ValueError as error:
        raise Refusal(400, "The Content-Type cannot be read.") from error


def _form_of(parts: Iterator[Part]) -> FormData:
    form = FormData()
    known = list(parts)
    charsets = _charsets(known)
    for part in known:
        if part.filename is None:
            form.fields.appendlist(part.name, decode(part.content, charsets.get(part.name, UTF8)))
        else:
            form.files.appendlist(part.name, _file(part))
    if charsets:
        form.fields["charsets"] = "{}"
    return form


def _charsets(parts: list[Part]) -> dict[str, str]:
    """SendGrid names the charset of each field in the field `charsets`, right or wrong.

    https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
    """
    named = next((part.content for part in parts if part.name == "charsets"), b"{}")
    try:
        charsets = json.loads(named)
    except (ValueError, RecursionError):
        return {}
    return {k: str(v) for k, v in charsets.items()} if isinstance(charsets, dict) else {}


def decode(content: bytes, charset: str) -> str:
    """Text in a charset that somebody claims; what does not fit becomes a replacement character."""
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):  # unknown, not one of text ("hex"), or not even a name
        return content.decode(UTF8, "replace")


def _file(part: Part) -> SimpleUploadedFile:
    """Names that no file may have are replaced, so that no attachment is lost for its name."""
    name = (part.filename or "").replace("\\", "/").rpartition("/")[2]
    usable = name if name not in {"", ".", ".."} else "attachment"
    return SimpleUploadedFile(usable, part.content, part.content_type or "application/octet-stream")


def _urlencoded(body: bytes) -> Iterator[Part]:
    pairs = body.split(b"&", MOST_PARTS)
    if len(pairs) > MOST_PARTS:
        raise _too_many()
    for pair in filter(None, pairs):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        yield Part(decode(unquote_to_bytes(name), UTF8), unquote_to_bytes(value))


def _multipart(body: bytes, boundary: str) -> Iterator[Part]:
    """RFC 7578 and RFC 2046 section 5.1.1; what stands after the last part is ignored."""
    if not boundary or not boundary.isascii():
        raise Refusal(400, "The multipart body has no boundary.")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode(), MOST_PARTS + 1)
    if len(pieces) > MOST_PARTS:
        raise _too_many()
    if len(pieces) == 1:
        raise Refusal(400, "The multipart body does not hold its boundary.")
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return
        if part := _part(piece):
            yield part


def _part(piece: bytes) -> Part | None:
    head, _, content = piece.partition(b"\r\n\r\n")
    headers = dict(_header_lines(head))
    _, disposition = headers.get("content-disposition", ("", {}))
    if "name" not in disposition:
        return None
    content_type, _ = headers.get("content-type", ("", {}))
    return Part(disposition["name"], content, disposition.get("filename"), content_type)


def _header_lines(head: bytes) -> Iterator[tuple[str, tuple[str, dict[str, str]]]]:
    for line in head.split(b"\r\n"):
        name, _, value = decode(line, UTF8).partition(":")
        try:
            yield name.strip().lower(), parse_header_parameters(value.strip())
        except ValueError:  # longer than any header that means something
            continue


def _too_many() -> Refusal:
    return Refusal(400, f"The form has more than {MOST_PARTS} parts.")
