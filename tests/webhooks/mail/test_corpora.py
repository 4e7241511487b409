"""Mails, bounces and replies from the field."""

from __future__ import annotations

import json
import random

import pytest

from tests.webhooks.mail.mails import CORPORA, needs_corpora
from tests.webhooks.mail.score_replies import scores
from webhooks.mail import read_mail
from webhooks.mail.parse import parse

pytestmark = needs_corpora

MUTATIONS = 300


def _labelled(name: str) -> list[tuple[str, bytes]]:
    rows = [json.loads(line) for line in (CORPORA / name).read_text().splitlines()]
    return [(row["label"], (CORPORA / row["file"]).read_bytes()) for row in rows]


@pytest.mark.parametrize("name", ["mails.jsonl", "bounces.jsonl"])
def test_every_mail_comes_back_with_a_fingerprint(name: str) -> None:
    read = [read_mail(raw) for _, raw in _labelled(name)]
    assert all(len(mail.fingerprint) == 64 for mail in read)
    assert [
        mail.unreadable for mail in read if "encrypted" not in mail.unreadable and mail.unreadable
    ] == []


def test_no_mail_of_a_person_is_taken_for_automatic() -> None:
    wrong = [parse(raw).automatic for label, raw in _labelled("mails.jsonl") if label == "human"]
    assert [reason for reason in wrong if reason] == []


def test_bounces_are_recognised() -> None:
    reports = [
        parse(raw)
        for label, raw in _labelled("bounces.jsonl")
        if label in {"bounce", "delay_warning"}
    ]
    assert len(reports) == 111
    assert sum(1 for mail in reports if mail.automatic) >= 108


def test_what_is_no_bounce_is_not_taken_for_one() -> None:
    others = [parse(raw) for label, raw in _labelled("bounces.jsonl") if label == "not_bounce"]
    assert [mail.automatic for mail in others] == [""]


def test_replies_are_cut_right_and_hardly_ever_too_much() -> None:
    found = scores(CORPORA / "replies.jsonl")
    assert sum(one.exact for one in found) >= 70
    assert sum(one.lost for one in found) <= 2
    assert sum(one.leaked for one in found) <= 8


def test_no_mutation_of_a_mail_breaks_the_parser() -> None:
    chance = random.Random(20260713)
    raws = [raw for name in ("mails.jsonl", "bounces.jsonl") for _, raw in _labelled(name)]
    for _ in range(MUTATIONS):
        assert parse(_mutated(chance.choice(raws)[:60_000], chance)).fingerprint


def _mutated(raw: bytes, chance: random.Random) -> bytes:
    """A mail with bytes changed, pieces lost, doubled or swapped, or another's encoding."""
    data = bytearray(raw or b"x")
    for _ in range(chance.randint(1, 12)):
        at, length = chance.randrange(len(data)), chance.randint(1, 200)
        data[at : at + length] = (
            chance.choice(
                (
                    b"",
                    bytes(data[at : at + length]) * 2,
                    chance.randbytes(min(length, 8)),
                    b"=?utf-8?B?\xff?=",
                    b"\nContent-Type: multipart/mixed; boundary=\n",
                    b"\r\n\r\n",
                    b"; name*0*=x''%ff; charset=\"hex\"; ",
                )
            )
            or b" "
        )
    return bytes(data)
