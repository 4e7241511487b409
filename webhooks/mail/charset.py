"""Bytes to text, whatever a mail says about its charset."""

from __future__ import annotations

import codecs
import re

# Only what stands here is looked up: `hex`, `bz2`, `idna` and the like are codecs of Python as well, and a
# stranger must not choose what we run. What programs write means the superset that browsers use as well
# (WHATWG Encoding Standard, section 4.2).
_LABELS = {
    "utf-8": "ascii usascii utf8 utf8mb4 unicode11utf8 cp65001",
    "utf-7": "utf7 unicode11utf7",
    "utf-16": "utf16",
    "utf-16-le": "utf16le",
    "utf-16-be": "utf16be",
    "utf-32": "utf32",
    "utf-32-le": "utf32le",
    "utf-32-be": "utf32be",
    "cp1252": "iso8859_1 latin1",
    "cp1254": "iso8859_9 latin5",
    "cp874": "iso8859_11 tis620",
    "iso8859_2": "latin2",
    "iso8859_3": "latin3",
    "iso8859_4": "latin4",
    "iso8859_10": "latin6",
    "iso8859_13": "latin7",
    "iso8859_14": "latin8",
    "iso8859_15": "latin9 latin0",
    "iso8859_16": "latin10",
    "gb18030": "gb18030 gb2312 gb231280 gbk euccn cngb chinese cp936 cp54936",
    "hz": "hz hzgb2312",
    "big5hkscs": "big5 big5hkscs big5eten cnbig5",
    "cp949": "euckr ksc5601 ksc56011987 ksc56011989 korean uhc",
    "iso2022_kr": "iso2022kr",
    "cp932": "shiftjis sjis mskanji windows31j ms932",
    "euc_jp": "eucjp eucjpms cp51932",
    "iso2022_jp_ext": "iso2022jp iso2022jp1 iso2022jpext iso2022jpms cp50220 cp50221",
    "iso2022_jp_2": "iso2022jp2",
    "iso2022_jp_3": "iso2022jp3",
    "iso2022_jp_2004": "iso2022jp2004",
    "koi8_r": "koi8r cp20866",
    "koi8_u": "koi8u koi8ru cp21866",
    "koi8_t": "koi8t",
    "mac_roman": "macintosh macroman",
    "mac_cyrillic": "maccyrillic",
    "mac_greek": "macgreek",
    "mac_latin2": "maclatin2 macce",
    "mac_turkish": "macturkish",
}
_CODECS = {name: codec for codec, names in _LABELS.items() for name in names.split()}
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_PREFIX = re.compile(r"^(?:x|cs)+")
_PART = re.compile(r"^(?:iso)?8859(\d{1,2})[ie]?$")
_PAGE = re.compile(r"^(?:windows|cp|ibm|dos)(\d{3,5})$")
_NUMBERED = re.compile(r"iso8859_\d{1,2}|cp\d{3,5}")
_SEVEN_BIT = ("iso2022", "hz", "utf-7")  # what these write is UTF-8 as well, and no word to read
_WIDE = ("utf-16", "utf-32")
_MENDED = "mail"  # the name of our error handler
# NUL breaks databases, the others terminals; tab and newline are text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def decode(data: bytes, declared: str = "") -> str:
    """The text of `data`: as declared, else as UTF-8, else as windows-1252; it always gives an answer.

    Line ends become newlines, control characters and lone surrogates go; what does not fit is shown
    as replacement characters, the rest around it as declared.
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
    """The codec that a label means, or nothing."""
    label = _PREFIX.sub("", _SEPARATORS.sub("", declared.lower()[:40]))
    label = _PAGE.sub(r"cp\1", _PART.sub(r"iso8859_\1", label))
    codec = _CODECS.get(label) or (label if _NUMBERED.fullmatch(label) else "")
    try:
        return codec and codecs.lookup(codec).name
    except LookupError:
        return ""


def _decode(data: bytes, codec: str) -> str:
    for candidate in _candidates(data, codec):
        try:
            return data.decode(candidate)
        except UnicodeError:
            continue
    if codec not in {"", "utf-8"}:
        return data.decode(codec, _MENDED)
    lenient = data.decode("utf-8", "ignore")
    if not lenient.isascii():
        return data.decode("utf-8", "replace")
    return data.decode("windows-1252", "replace")


def _candidates(data: bytes, codec: str) -> tuple[str, ...]:
    """What the whole may be, the likeliest first."""
    if codec.startswith(_WIDE) and b"\0" not in data:
        return ("utf-8", codec)
    if codec.startswith((*_SEVEN_BIT, *_WIDE)):
        return (codec,)
    return (codec, "utf-8") if codec else ("utf-8",)


def _mend(error: UnicodeError) -> tuple[str, int]:
    """A character that programs write though the charset lacks it, else a replacement character."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    text = _beside(pair, error.encoding) if len(pair) == 2 else ""
    if len(text) == 1 and text != "\ufffd":
        return text, error.start + 2
    return "\ufffd", error.end


def _beside(pair: bytes, codec: str) -> str:
    """The one character that two bytes are in what Windows writes under this name, or something else."""
    if codec == "big5hkscs":
        return pair.decode("cp950", "replace")
    row, cell = (byte & 0x7F for byte in pair)
    if codec not in {"euc_jp", "iso2022_jp_ext"} or not (
        0 < row - 0x20 < 95 and 0 < cell - 0x20 < 95
    ):
        return ""
    # Rows of NEC and IBM, which only its Shift_JIS has: JIS X 0208 appendix 1 says how that shifts.
    lead = (row - 1) // 2 + (0x71 if row <= 0x5E else 0xB1)
    trail = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    return bytes((lead, trail)).decode("cp932", "replace")


codecs.register_error(_MENDED, _mend)
