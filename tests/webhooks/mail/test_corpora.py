"""Mails, bounces and replies from the field."""

from __future__ import annotations

import json

import pytest

from tests.webhooks.mail.mails import CORPORA, mail, needs_corpora
from tests.webhooks.mail.score_replies import scores
from webhooks.mail import read_mail
from webhooks.mail.parse import parse

pytestmark = needs_corpora


def _labelled(name: str) -> list[tuple[str, bytes]]:
    rows = [json.loads(line) for line in (CORPORA / name).read_text().splitlines()]
    return [(row["label"], (CORPORA / row["file"]).read_bytes()) for row in rows]


@pytest.mark.parametrize("name", ["mails.jsonl", "bounces.jsonl"])
def test_every_mail_comes_back_with_a_fingerprint(name: str) -> None:
    read = [read_mail(raw) for _, raw in _labelled(name)]
    assert all(len(mail.fingerprint) == 64 for mail in read)
    assert [mail.unreadable for mail in read if mail.unreadable] == []


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
    assert sum(1 for mail in reports if mail.automatic) >= 110


def test_the_addresses_that_were_not_reached_are_read() -> None:
    rows = [json.loads(line) for line in (CORPORA / "bounces.jsonl").read_text().splitlines()]
    judged = [row for row in rows if row["label"] in {"bounce", "delay_warning"}]
    right = 0
    for row in judged:
        reports = parse((CORPORA / row["file"]).read_bytes()).reports
        failed = {one.recipient.lower() for one in reports if one.action == "failed"}
        right += failed == {address.lower() for address in row["failed"]}
    assert right >= 0.95 * len(judged)


def test_what_is_no_bounce_is_not_taken_for_one() -> None:
    others = [parse(raw) for label, raw in _labelled("bounces.jsonl") if label == "not_bounce"]
    assert [mail.automatic for mail in others] == [""]


def test_no_reply_is_taken_for_automatic() -> None:
    rows = [json.loads(line) for line in (CORPORA / "replies.jsonl").read_text().splitlines()]
    reasons = [
        parse(mail(row["text"] or row["html"], Subject="Re: Hello")).automatic for row in rows
    ]
    assert [reason for reason in reasons if reason] == []


def test_replies_are_cut_right_and_hardly_ever_too_much() -> None:
    found = scores(CORPORA / "replies.jsonl")
    assert sum(one.exact for one in found) >= 73
    assert sum(one.lost for one in found) <= 2
    assert sum(one.leaked for one in found) <= 4
