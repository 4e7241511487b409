"""Signatures and ciphertext of OpenPGP that stand in the text itself (RFC 9580 sections 6.2 and 7)."""

from __future__ import annotations

import re

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END_OF_SIGNATURE = "-----END PGP SIGNATURE-----"
_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_END_OF_MESSAGE = "-----END PGP MESSAGE-----"
_FIELD = re.compile(r"[A-Za-z-]{1,40}:")


def without_signature(text: str) -> tuple[str, bool]:
    """The text without what a signing program wrote around it, and whether it had."""
    if _SIGNED not in text:
        return text, False
    kept: list[str] = []
    part = "outside"
    for line in text.split("\n"):
        mark = line.rstrip()
        if part == "outside" and mark == _SIGNED:
            part = "head"
        elif part == "head" and not mark:
            part = "letter"  # a blank line ends its fields
        elif part == "head" and _FIELD.match(mark):
            continue
        elif part == "letter" and mark == _SIGNATURE:
            part = "signature"
        elif part == "signature":
            part = "outside" if mark == _END_OF_SIGNATURE else part
        else:
            part = "letter" if part == "head" else part
            kept.append(line.removeprefix("- ") if part == "letter" else line)
    return "\n".join(kept), part != "outside" or len(kept) < text.count("\n")


def without_ciphertext(text: str) -> tuple[str, bool]:
    """The text without encrypted blocks, and whether it had any; an open one reaches to the end."""
    if _MESSAGE not in text:
        return text, False
    kept: list[str] = []
    inside = found = False
    for line in text.split("\n"):
        mark = line.strip()
        if not inside and mark == _MESSAGE:
            inside = found = True
        elif not inside:
            kept.append(line)
        elif mark == _END_OF_MESSAGE:
            inside = False
    return "\n".join(kept).strip("\n"), found
