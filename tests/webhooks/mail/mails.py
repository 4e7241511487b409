"""Mails for the tests, written in one line, and where the corpora are."""

from __future__ import annotations

from pathlib import Path

import pytest

CORPORA = Path(__file__).parents[3] / "../shared/corpora"
needs_corpora = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="The folder shared/corpora is not beside the checkout"
)


def mail(body: str | bytes = "Hello", **fields: str) -> bytes:
    """A raw mail; `Content_Type="..."` and the like are its fields."""
    named = {"From": "Carla <carla@customer.example>", "To": "bikes@reply.gateway.test"} | fields
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in named.items() if value)
    return head.encode() + b"\n" + (body.encode() if isinstance(body, str) else body)


def parts(*each: str, kind: str = "mixed", **fields: str) -> bytes:
    """A raw mail of several parts, each given as `Header: value`, a blank line, and its content."""
    body = "".join(f"--part\n{part}\n" for part in each) + "--part--\n"
    return mail(body, Content_Type=f"multipart/{kind}; boundary=part", **fields)
