"""The bytes of one part, its transfer encoding undone (RFC 2045 section 6)."""

from __future__ import annotations

import binascii
import copy
import re
from email.message import Message

from webhooks.mail.headers import Headers

_BLANKS = b" \t\r\n\v\f"
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]*+")
_SAMPLE = 2_000  # bytes that tell whether something said to be base64 is


def content_of(part: Message) -> bytes:
    """What the part holds; where the encoding is not what is declared, the bytes as they came."""
    raw = raw_of(part)
    encoding = Headers(part).get("Content-Transfer-Encoding").strip("\"' ").lower()
    if encoding.startswith("base64"):
        return _base64(raw)
    if encoding.startswith(("quoted-printable", "quoted printable")):
        return binascii.a2b_qp(raw)
    if encoding.startswith(("x-uue", "uue", "x-uu")):
        return _uuencoded(raw)
    return raw


def raw_of(part: Message) -> bytes:
    """The bytes of the part as they came, encoded."""
    bare = copy.copy(part)
    # Without this field the email package returns the bytes untouched.
    del bare["Content-Transfer-Encoding"]
    payload = bare.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _base64(raw: bytes) -> bytes:
    packed = raw.translate(None, _BLANKS)
    sample = raw[:_SAMPLE].strip()
    if b" " in sample or not _BASE64.fullmatch(packed[:_SAMPLE]):
        return _mixed(raw)
    return _decoded(packed)


def _mixed(raw: bytes) -> bytes:
    """Some servers add a plain footer to an encoded text, others declare base64 and send none."""
    lines = raw.split(b"\n")
    encoded = 0
    while encoded < len(lines) and _BASE64.fullmatch(lines[encoded].strip()):
        encoded += 1
    head = b"".join(line.strip() for line in lines[:encoded])
    if len(head) < 20:
        return raw
    return _decoded(head) + b"\n" + b"\n".join(lines[encoded:])


def _decoded(packed: bytes) -> bytes:
    try:
        return binascii.a2b_base64(packed + b"==")
    except binascii.Error:
        return binascii.a2b_base64(packed.rstrip(b"=")[: len(packed.rstrip(b"=")) // 4 * 4])


def _uuencoded(raw: bytes) -> bytes:
    out = []
    for line in raw.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            return raw
    return b"".join(out)
