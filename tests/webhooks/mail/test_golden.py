"""The golden mails are read as written beside them, through the real child process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.inbound.messages import InboundMail
from webhooks.mail import read_mail

GOLDEN = Path(__file__).with_name("golden")
NAMES = sorted(path.stem for path in GOLDEN.glob("*.eml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_mail_is_read_as_expected(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    found = _values(read_mail((GOLDEN / f"{name}.eml").read_bytes()))
    for key, value in expected.items():
        if key.endswith("_has"):
            pieces = [value] if isinstance(value, str) else value
            assert not [piece for piece in pieces if piece not in found[key.removesuffix("_has")]]
        else:
            assert found[key] == value


def test_every_golden_mail_is_explained() -> None:
    readme = (GOLDEN / "README.md").read_text()
    assert [name for name in NAMES if f"| {name} |" not in readme] == []


def _values(mail: InboundMail) -> dict[str, Any]:
    values = {key: list(v) if isinstance(v, tuple) else v for key, v in vars(mail).items()}
    values["files"] = [[file.name, file.content_type] for file in mail.files]
    values["content_ids"] = [file.content_id for file in mail.files if file.content_id]
    return values
