"""Reads the raw body of a request under a cap of its own.

Django's limits on form data (2.5 MB, 1,000 fields, 100 files) answer 400 by themselves, and a
provider then drops the mail; so these routes never touch `request.POST` or `request.body`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Protocol, cast

from django.http import HttpRequest

from webhooks.refusal import Refusal

MEGABYTE = 1024 * 1024
KEPT_IN_ROW = 256 * 1024  # bytes; larger bodies bloat the table and go to the storage
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Body:
    """A whole body: the file it is in, its size in bytes, its SHA-256."""

    file: IO[bytes]
    size: int
    digest: str

    def read(self) -> bytes:
        """All of it."""
        self.file.seek(0)
        return self.file.read()


def body_of(content: bytes) -> Body:
    """A body that came by no request."""
    return Body(BytesIO(content), len(content), hashlib.sha256(content).hexdigest())


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@contextmanager
def read_body(request: HttpRequest, limit: int) -> Iterator[Body]:
    """The body, at most `limit` bytes; its file is closed at the end of the block.

    Raises Refusal: 400 when it is empty or cut off, 411 when it has no length and no end that we can
    see, 413 when it is larger.
    """
    declared = _declared_length(request)
    if declared is not None and declared > limit:
        raise _too_large(limit)
    source = _source(request, declared)
    with SpooledTemporaryFile(max_size=KEPT_IN_ROW) as file:
        body = _fill(cast(IO[bytes], file), source, limit)
        if declared is not None and body.size < declared:
            raise Refusal(400, "The body ended early; send the request again.")
        if not body.size:
            raise Refusal(400, "The body is empty; send the message in it.")
        yield body


def _declared_length(request: HttpRequest) -> int | None:
    declared = request.META.get("CONTENT_LENGTH") or ""
    if not declared:
        return None
    if not (declared.isascii() and declared.isdigit()):
        raise Refusal(400, "Content-Length is not a number.")
    return int(declared)


def _source(request: HttpRequest, declared: int | None) -> Source:
    """Where the body can be read until its end.

    Under WSGI Django takes a body without Content-Length for empty; a server that sets
    `wsgi.input_terminated` ends the input where a chunked body ends.
    """
    if declared is None and request.META.get("wsgi.input_terminated"):
        return cast(Source, request.META["wsgi.input"])
    if (
        declared is None
        and "wsgi.input" in request.META
        and "HTTP_TRANSFER_ENCODING" in request.META
    ):
        raise Refusal(411, "Send a Content-Length; this server cannot read a body without one.")
    return cast(Source, request)


def _fill(file: IO[bytes], source: Source, limit: int) -> Body:
    digest = hashlib.sha256()
    size = 0
    while chunk := _read(source):
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        digest.update(chunk)
        file.write(chunk)
    return Body(file, size, digest.hexdigest())


def _read(source: Source) -> bytes:
    try:
        return source.read(CHUNK)
    except OSError as error:
        raise Refusal(
            400, "The body could not be read to its end; send the request again."
        ) from error


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The body is larger than the {limit // MEGABYTE} MB taken here.")
