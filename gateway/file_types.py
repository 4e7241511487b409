"""What kind of file it is, told by its bytes: what a file says of itself is believed only where they agree."""

from __future__ import annotations

import re

import puremagic

UNKNOWN_TYPE = "application/octet-stream"
ARCHIVE = "application/zip"  # which letters and sheets of office programs are as well
HEAD = 64 * 1024  # bytes that are looked at
SURE = (
    0.3  # of puremagic's confidence: below are signs of two letters, with which texts begin as well
)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
# Kinds that always have a signature (sound does not): what claims to be one and shows none is something else.
_SIGNED = re.compile(r"image/|application/(?:pdf|zip)")


def media_type(given: str) -> str:
    """The type without its parameters; what is no type (RFC 6838 section 4.2) could not be attached to a mail."""
    bare = given.partition(";")[0].strip().lower()
    return bare if len(bare) <= 127 and _MEDIA_TYPE.fullmatch(bare) else UNKNOWN_TYPE


def type_of(head: bytes, *claimed: str) -> str:
    """The type of a file that begins with `head`; `claimed` is what its sender says, first the best.

    Many kinds begin alike (a letter of Word is a ZIP): among them the sender's word decides.
    """
    types = (media_type(each) for each in claimed)
    named = next((each for each in types if each != UNKNOWN_TYPE), UNKNOWN_TYPE)
    seen = _seen_in(head[:HEAD])
    likeliest = next((kind for kind, confidence in seen.items() if confidence >= SURE), None)
    if named in seen:
        return named
    if likeliest and seen[likeliest] == seen.get(ARCHIVE):
        likeliest = ARCHIVE
    if likeliest is None:
        return UNKNOWN_TYPE if _SIGNED.match(named) else named
    if likeliest and (named == UNKNOWN_TYPE or not _may_be_untyped(named, seen, seen[likeliest])):
        return media_type(likeliest)
    return UNKNOWN_TYPE if named.startswith("image/") else named


def _may_be_untyped(named: str, seen: dict[str, float], confidence: float) -> bool:
    """Whether it may as well be of a kind that puremagic knows without a type (old sheets of Excel)."""
    is_format = named.startswith("application/") and not _SIGNED.match(named)
    return is_format and seen.get("", 0) >= confidence


def _seen_in(head: bytes) -> dict[str, float]:
    """The types that begin so, the likeliest first; an empty one where the kind is known and has no type."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return {}
    seen: dict[str, float] = {}
    for match in matches:
        seen.setdefault(match.mime_type.lower(), match.confidence)
    return seen
