"""Of a mail that answers nothing, nothing is cut: what looks like a quote was written in it."""

from __future__ import annotations

import pytest

from gateway.marker import marker
from tests.webhooks.mail.mails import mail
from webhooks.mail.parse import parse

FORM = (
    "Neue Anfrage von Ihrer Website\n\nVon: Max Muster <max@x.example>\nAn: info@bikes.example\n"
    "Betreff: Anfrage\nNachricht: Ist das rote Rad noch da?"
)
FRESH = [
    FORM,
    "What does this cost?\n\nFrom: Berlin\nTo: Munich\nDate: 12.12.2026\nSubject: piano\n\nPlease call me before 6.",
    "Dear Ann,\n\non 12.10.2026 at 14:30 my husband wrote:\nnothing, sorry.\n\nCan we come on Sunday?",
    "What I want:\n\n> the red one\n> the blue one",
    "Hello\n-- \nDo you have the red one, too?",
    "Hello\n\nSent from my iPhone",
]
QUOTING = "I come.\n\nOn 1.1.2026 10:00 Ann <a@b.example> wrote:\nWhen?"


def text_of(body: str, **fields: str) -> str:
    return parse(mail(body, Content_Type="text/plain; charset=utf-8", **fields)).text


@pytest.mark.parametrize("letter", FRESH)
@pytest.mark.parametrize("subject", ["", "Bike", "Neue Anfrage", "Where: Main Street"])
def test_of_a_mail_that_answers_nothing_all_is_read(letter: str, subject: str) -> None:
    assert text_of(letter, Subject=subject) == letter


def test_a_list_in_html_is_read_in_a_mail_that_answers_nothing() -> None:
    page = "<p>My list:</p><blockquote>red bike<br>blue bike</blockquote>"
    text = parse(mail(page, Content_Type="text/html")).text
    assert "red bike\n> blue bike" in text


def test_what_a_provider_takes_for_the_answer_is_no_part_of_a_mail_that_answers_nothing() -> None:
    assert parse(mail(FORM), "Neue Anfrage von Ihrer Website").text == FORM


@pytest.mark.parametrize(
    "fields",
    [
        {"In_Reply_To": "<1@x.example>"},
        {"References": "<1@x.example>"},
        {"Subject": "[Shop] Re: Bike"},
        {"Subject": "AW: Rad"},
        {"Subject": "RE[2]: Bike"},
        {"Subject": "\u56de\u590d\uff1aBike"},
        {"Subject": "\ud68c\uc2e0: Bike"},
        {"To": "abcdefghijklmnopqrstuvwx@reply.gateway.test"},
        {"Cc": "gw+ABCDEFGHIJKLMNOPQRSTUVWX+sms@reply.gateway.test"},
    ],
)
def test_a_mail_answers_one_by_its_fields_its_subject_or_a_reply_address(
    fields: dict[str, str],
) -> None:
    assert text_of(QUOTING, **fields) == "I come."


def test_our_own_mail_is_cut_from_a_mail_that_answers_nothing() -> None:
    assert text_of(f"I come.\n\n{marker()}\nWhere?") == "I come."
