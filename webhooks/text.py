"""Text from outside, made storable."""

from __future__ import annotations

from typing import Any


def clean(value: object) -> str:
    """The value as text that every database and JSON can hold.

    PostgreSQL refuses NUL in text, and a lone surrogate (`\\ud800` in JSON is legal, RFC 8259
    section 8.2) cannot be encoded at all. None becomes the empty string.
    """
    if value is None:
        return ""
    text = str(value).replace("\0", "")
    return text.encode("utf-8", "replace").decode() if _has_surrogate(text) else text


def clean_json(value: Any) -> Any:
    """A value as JSON has them, with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_json(each) for each in value]
    if isinstance(value, dict):
        return {clean(name): clean_json(each) for name, each in value.items()}
    return value


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)
