"""Bytes to text, whatever a mail says about its charset."""

from __future__ import annotations

import re

# A label is looked up only when it names a known family: `hex`, `bz2`, `idna` and the like are
# codecs of Python as well, and a stranger must not choose what we run.
_FAMILIES = re.compile(
    r"(?:us-?)?ascii|utf-?(?:8|16|32)(?:-?[bl]e)?|utf-?7|iso-?8859-\d{1,2}|iso-?2022-(?:jp|kr)"
    r"(?:-\w{1,3})?|(?:windows|cp|ibm)-?\d{3,5}|latin-?\d{1,2}|koi8-?[rut]|gb-?(?:2312|k|18030)"
    r"|big5(?:-?hkscs)?|(?:shift|s)-?jis|euc-?(?:jp|kr|cn)|ks-c-5601-1987|hz(?:-gb-2312)?"
    r"|tis-620|mac-?(?:roman|cyrillic|greek|latin2|turkish)|macintosh"
)
# What programs write and what they mean: the superset that browsers use as well
# (WHATWG Encoding Standard, section 4.2).
_MEANT = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "latin1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gb18030",
    "gb-2312": "gb18030",
    "gbk": "gb18030",
    "euc-cn": "gb18030",
    "ks-c-5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift-jis": "cp932",
    "tis-620": "cp874",
    "macintosh": "mac-roman",
}
# NUL breaks databases, the others terminals; tab and newline are text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def decode(data: bytes, declared: str = "") -> str:
    """The text of `data`: as declared, else as UTF-8, else as windows-1252; it always gives an answer.

    Line ends become newlines, control characters and lone surrogates go; what fits no charset is
    shown as replacement characters.
    """
    return clean(_decode(data, _codec(declared)))


def clean(text: str) -> str:
    """The same text with plain newlines and without control characters and lone surrogates."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def repair(value: str) -> str:
    """A string of the email package, with raw bytes hidden in surrogates, as readable text."""
    if value.isascii():
        return clean(value)
    return decode(value.encode("utf-8", "surrogateescape"))


def _codec(declared: str) -> str:
    label = declared.strip(" \t\"'<>").lower().replace("_", "-").removeprefix("x-")[:40]
    return _MEANT.get(label, label) if _FAMILIES.fullmatch(label) else ""


def _decode(data: bytes, codec: str) -> str:
    for candidate in (codec, "utf-8"):
        if candidate:
            try:
                return data.decode(candidate)
            except (UnicodeError, LookupError):
                continue
    lenient = data.decode("utf-8", "ignore")
    if not lenient.isascii():
        return data.decode("utf-8", "replace")
    return data.decode("windows-1252", "replace")
