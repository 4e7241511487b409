"""What people type, made safe to store and to send on."""

from __future__ import annotations

import re

LONGEST_TEXT = 20_000  # characters: more than a long letter, less than an attack
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROLS_AND_LINE_ENDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def clean_text(text: str) -> str:
    """With LF as line end, without byte order mark, NUL and other controls, lone surrogates as `?`.

    JSON can name all of them (RFC 8259 section 8.2); databases and mail cannot hold them.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return _without_surrogates(_CONTROLS.sub("", lines))


def one_line(text: str) -> str:
    """On one line: a line end in what later stands in a header would begin a header of its own."""
    return _without_surrogates(" ".join(_CONTROLS_AND_LINE_ENDS.sub(" ", text).split()))


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
