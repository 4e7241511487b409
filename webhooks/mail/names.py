"""Names of attachments that are safe to show and to offer for download."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

MAX_BYTES = 255  # what file systems take
MAX_EXTENSION = 20
# Device names of Windows: a file of that name cannot be opened or deleted there.
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10)))
)
# Control, format (bidi and zero-width), surrogate, private use, unassigned, line and paragraph ends.
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_UNSAFE = re.compile(r'[<>:"|?*]')
_TYPES = mimetypes.MimeTypes()  # the built-in table: the same on every machine
for _type, _ending in (("text/calendar", ".ics"), ("text/vcard", ".vcf"), ("image/heic", ".heic")):
    _TYPES.add_type(_type, _ending)


def display_name(given: str, number: int, content_type: str) -> str:
    """A name for the file that came as `given`; one made of its number where nothing is left."""
    last = re.split(r"[/\\]", given)[-1]
    visible = "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE)
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", visible)).strip(". \t\n")
    name = " ".join(name.split())
    if not name.strip("_"):
        return f"attachment-{number}{_extension(content_type)}"
    if name.partition(".")[0].rstrip().lower() in _DEVICES:
        name = f"_{name}"
    return _shorten(name)


def _extension(content_type: str) -> str:
    if content_type == "message/rfc822":
        return ".eml"
    return _TYPES.guess_extension(content_type) or ".bin"


def _shorten(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"{dot}{extension}" if stem and len(extension) <= MAX_EXTENSION else ""
    room = MAX_BYTES - len(tail.encode())
    return name.removesuffix(tail).encode()[:room].decode(errors="ignore").rstrip() + tail
