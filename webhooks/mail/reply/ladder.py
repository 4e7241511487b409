"""What was newly written in a mail, and what was quoted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """What was newly written, and what was cut from around it."""

    text: str
    quoted: str = ""


def newly_written(plain: str, html: str, stripped_text: str = "") -> Reply:
    """Splits a letter."""
    return Reply(stripped_text.strip() or plain.strip())
