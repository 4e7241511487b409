"""What is refused before a parser sees it: quickly, with a reason, and with the header that can be read."""

from __future__ import annotations

import time

import pytest

from tests.webhooks.mail.mails import mail, parts
from webhooks.mail import limits, read_mail
from webhooks.mail.parse import parse

NESTED = "".join(
    f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(2_000)
)
HOSTILE = {
    "header": (mail(X_Long="x" * 1_000_000), "header is longer"),
    "field": (mail(X_Long="x" * 100_000), "field of its header is longer"),
    "recipients": (mail(Cc=", ".join(f"u{n}@x.example" for n in range(1_200))), "addresses"),
    "parentheses": (mail(From="(" * 3_000 + "carla@customer.example"), "malformed"),
    "parts": (parts(*["\nx"] * 20_000), "parts"),
    "attachments": (parts(*["Content-Disposition: attachment\n\nx"] * 1_000), "parts"),
    "lines": (mail("\n" * 2_100_000), "lines"),
    "depth": (mail(NESTED, Content_Type="multipart/mixed; boundary=b0"), "nested"),
    "attached mails": (
        mail("Content-Type: message/rfc822\n\n" * 500, Content_Type="message/rfc822"),
        "nested",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_f45_a_hostile_mail_is_refused_at_once_with_the_reason(name: str) -> None:
    raw, reason = HOSTILE[name]
    started = time.process_time()
    found = read_mail(raw)
    assert time.process_time() - started < 1.0
    assert reason in found.unreadable
    assert found.text == ""
    assert [(file.name, file.content) for file in found.files] == [("original mail.eml", raw)]
    assert found.from_address == "carla@customer.example"
    assert len(found.fingerprint) == 64


def test_a_mail_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SIZE", 2 * limits.MEGABYTE)
    assert "larger than 2 MB" in read_mail(mail(b"x" * 3_000_000)).unreadable


@pytest.mark.parametrize(
    "body", [b"boundary " * 200_000, b"--\n" * 300_000, b"\n" * 1_000_000, b"(" * 500_000]
)
def test_the_check_itself_takes_time_linear_to_the_mail(body: bytes) -> None:
    started = time.process_time()
    assert limits.exceeded(mail(body)) == ""
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("field", ["From", "To", "References"])
@pytest.mark.parametrize("filling", ['"\\', '"', "<", "<a@b> ", "(" * 90, "a@", "=?utf-8?q?x?="])
def test_f45_a_field_full_of_marks_takes_time_linear_to_its_length(
    field: str, filling: str
) -> None:
    raw = mail(**{field: filling * (60_000 // len(filling))})
    started = time.process_time()
    assert len(parse(raw).fingerprint) == 64
    assert time.process_time() - started < 1.0


def test_an_open_quote_hides_no_address() -> None:
    assert (
        parse(mail(From='"Carla <carla@customer.example>')).from_address == "carla@customer.example"
    )


def test_dashes_in_a_letter_are_no_parts() -> None:
    found = read_mail(mail("-- first\n--- a/file\n" * 2_000))
    assert found.unreadable == ""


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\x00" * 100, b"no header at all", b"From: \xff\xfe\n\n\xff"]
)
def test_whatever_comes_is_answered(raw: bytes) -> None:
    assert len(read_mail(raw).fingerprint) == 64
