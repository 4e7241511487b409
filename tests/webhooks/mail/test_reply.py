"""What was newly written, and what was quoted."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from gateway.marker import ENGLISH, MARKERS
from tests.webhooks.mail.mails import mail
from webhooks.mail.parse import parse
from webhooks.mail.reply import newly_written
from webhooks.mail.reply.words import words

MARKER = MARKERS[ENGLISH]

HERE = Path(__file__).parent
# By language and program: Gmail, Apple Mail, Thunderbird; and the labels of Outlook's blocks.
HEADINGS = (HERE / "headings.txt").read_text().splitlines()
LABELS = (HERE / "outlook_labels.txt").read_text().splitlines()
BLOCKS = {
    "plain": "{}: Ann Bell <ann@shop.example>\n{}: 13/07/2026 08:59\n{}: Carla\n{}: Blue bike",
    "bold": "*{}:* Ann Bell <ann@shop.example>\n*{}:* Mo 13.7.2026 8:59\n*{}:* Carla\n*{}:* Blue bike",
    "under a line": "_______\n{}: Ann Bell\n{}: 13/07/2026 08:59\n{}: Carla\n{}: Blue bike",
}


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("mark", ["> ", ""], ids=["marked", "unmarked"])
def test_a_heading_is_known_in_many_languages(heading: str, mark: str) -> None:
    reply = newly_written(f"See you there.\n\n{heading}\n\n{mark}Where do we meet?\n", "")
    assert reply.text == "See you there."
    assert "Where do we meet?" in reply.quoted
    assert heading in reply.quoted


def test_a_heading_that_may_be_a_sentence_is_known_by_the_marks_below() -> None:
    heading = "Ann Bell kirjoitti 13.7.2026 klo 8.59:"
    assert newly_written(f"Fine.\n\n{heading}\n> Where?\n", "").text == "Fine."
    assert "At the gate." in newly_written(f"Fine.\n\n{heading}\nAt the gate.\n", "").text


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("form", BLOCKS)
def test_the_block_of_outlook_is_known_in_many_languages(labels: str, form: str) -> None:
    block = BLOCKS[form].format(*labels.split("|"))
    reply = newly_written(f"See you there.\n\n{block}\n\nWhere do we meet?\n", "")
    assert reply.text == "See you there."
    assert "Where do we meet?" in reply.quoted


@pytest.mark.parametrize("width", [24, 26, 28, 30, 44, 50, 78])
@pytest.mark.parametrize(
    "heading",
    [
        "On Mon, 13 Jul 2026 at 08:59, Ann Bell via Blue Shop <ann@shop.example> wrote:",
        "Am Mo., 13. Juli 2026 um 08:59 Uhr schrieb Ann Bell <ann@shop.example>:",
        "Ann Bell <ann@shop.example> \u4e8e2026\u5e747\u670813\u65e5\u5468\u4e00 08:59\u5199\u9053\uff1a",
    ],
)
def test_a_wrapped_heading_is_known(heading: str, width: int) -> None:
    lines = textwrap.wrap(heading, width, break_long_words=False)
    letter = "\n".join(["Fine.", "", *lines, "", "> Where?"])
    assert newly_written(letter, "").text == "Fine."


@pytest.mark.parametrize(
    "letter",
    [
        "On Tuesday I can.\nOn 13.7.2026 at 08:59 Ann <a@b.example> wrote:\n> Where?",
        "On Tuesday I can.\nOn 13.7.2026 at 08:59 Ann wrote:\n> Where?",
        "I can at noon.\n08:59, Ann <a@b.example> wrote:\n> Where?",
    ],
)
def test_what_was_written_right_above_a_heading_is_kept(letter: str) -> None:
    assert newly_written(letter, "").text == letter.split("\n")[0]


@pytest.mark.parametrize("original", words("original"))
def test_a_separator_is_known_in_many_languages(original: str) -> None:
    letter = f"Yes.\n\n-----{original.capitalize()}-----\nWhere do we meet?\n"
    assert newly_written(letter, "").text == "Yes."


@pytest.mark.parametrize(
    "form",
    [
        "{text}\n\n{marker}\nold",
        "{text}\n> {marker}\n> old",
        "{text}\nsome heading that nobody knows\n>> {marker}\n>> old",
        "{text}\n\n| -- Write your answer\n| above this line --\n| old",
    ],
)
def test_nothing_below_our_line_is_new(form: str) -> None:
    reply = newly_written(form.format(text="I come.", marker=MARKER), "")
    assert reply.text.startswith("I come.")
    assert "old" not in reply.text
    assert "old" in reply.quoted


@pytest.mark.parametrize("forwarded", [True, False])
@pytest.mark.parametrize(
    "head",
    [
        "---------- Forwarded message ---------\nFrom: Maya\nTo: Ann <ann@private.example>",
        "Begin forwarded message:\n\nFrom: Maya\nSubject: Bike\nTo: Ann <ann@private.example>",
        "From: Maya\nSent: Monday\nTo: Ann <ann@private.example>\nSubject: Bike",
    ],
)
def test_our_own_mail_is_cut_also_from_what_looks_passed_on(head: str, forwarded: bool) -> None:
    letter = f"I come.\n\n{head}\n\n{MARKER}\nold"
    reply = newly_written(letter, "", whole=forwarded)
    assert (reply.text, reply.quoted) == ("I come.", letter.removeprefix("I come.\n\n"))


def test_our_own_mail_is_cut_whatever_the_provider_takes_for_the_answer() -> None:
    letter = f"I come.\n\n{MARKER}\nold"
    assert newly_written(letter, "", letter).text == "I come."


def test_our_line_is_found_in_html() -> None:
    html = f"<div>I come.</div><table><tr><td><i>{MARKER}</i></td></tr></table><p>old</p>"
    assert newly_written("", html).text == "I come."


def test_an_answer_below_our_line_is_not_lost() -> None:
    letter = f"On Mon, 13 Jul 2026 at 08:59, Ann <a@b.example> wrote:\n> {MARKER}\n> Where?\n\nAt the gate.\n"
    assert newly_written(letter, "").text == "At the gate."


@pytest.mark.parametrize(
    "letter",
    [
        "> When do you come?\nOn Saturday.\n> How do you pay?\nIn cash.",
        "> only a quote\n> and nothing new",
        "> I quote this by hand.\n\nAnd this is what I think.",
        "Look:\n\n---------- Forwarded message ---------\nFrom: Bob <b@b.example>\nSubject: x\n\nThe content.",
        "Sent from my iPhone",
        "Please collect it.\n\nFrom: Berlin\nTo: Paris\nDate: 5 May 2026 10:00\n\nIt weighs 30 kg.",
        "On 3 May I wrote:\nplease call me\nbut nobody called.",
        "Well, as you wrote 3.5.2026 10:00:\nwe meet at the gate.",
        "My list:\n- apples\n- pears\n\n-Plums",
    ],
)
def test_in_doubt_everything_is_kept(letter: str) -> None:
    reply = newly_written(letter, "")
    assert reply.text == letter
    assert reply.quoted == ""


def test_what_is_quoted_below_the_last_answer_is_folded() -> None:
    answers = "> When do you come?\nOn Saturday.\n> How do you pay?\nIn cash."
    rest = "> Regards\n> Ann\n\n-- \nCarla"
    reply = newly_written(f"{answers}\n\n{rest}", "")
    assert (reply.text, reply.quoted) == (answers, rest)


def test_of_a_mail_that_its_subject_calls_forwarded_nothing_is_cut() -> None:
    letter = (
        "FYI\n\nFrom: Bob <b@b.example>\nSent: Monday\nTo: Carla\nSubject: Offer\n\nThe content."
    )
    assert newly_written(letter, "", whole=True).text == letter
    assert newly_written(letter, "").text == "FYI"


@pytest.mark.parametrize(
    ("subject", "is_forward"),
    [
        ("FW: Offer", True),
        ("\u8f6c\u53d1\uff1aOffer", True),
        ("VS: Offer", False),
        ("Re: Offer", False),
    ],
)
def test_the_subject_tells_a_forwarded_mail(subject: str, is_forward: bool) -> None:
    letter = "FYI\n\nFrom: Bob <b@b.example>\nSent: Monday\nSubject: Offer\n\nThe content."
    text = parse(mail(letter, Subject=subject, Content_Type="text/plain; charset=utf-8")).text
    assert text == (letter if is_forward else "FYI")


SIGNATURES = (HERE / "signatures.txt").read_text().split("\n\n\n")
NO_SIGNATURES = (HERE / "no_signatures.txt").read_text().split("\n\n\n")


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_is_folded(signature: str) -> None:
    reply = newly_written(f"I come by.\n\n{signature}", "")
    assert (reply.text, reply.quoted) == ("I come by.", signature.rstrip())


@pytest.mark.parametrize("words", NO_SIGNATURES)
def test_what_a_person_may_have_written_is_no_signature(words: str) -> None:
    reply = newly_written(f"Hello\n\n{words}", "")
    assert (reply.text, reply.quoted) == (f"Hello\n\n{words.rstrip()}", "")


@pytest.mark.parametrize("below", ["P.S. The price is 200, cash only.", "Ann", "Call me.\n\nAnn"])
def test_what_stands_below_a_phones_line_is_kept(below: str) -> None:
    reply = newly_written(f"Hello\n\nSent from my iPhone\n\n{below}\n\n> Where?", "")
    assert reply.text == f"Hello\n\n{below}"
    assert reply.quoted == "Sent from my iPhone\n\n> Where?"


def test_a_phone_that_nobody_knows_is_named_last_and_alone() -> None:
    assert newly_written("Yes.\n\nSent from my Walkie Talkie", "").text == "Yes."
    for letter in (
        "Yes.\nSent from my Walkie Talkie",
        "Yes.\n\nSent from my Walkie Talkie\n\nAnn",
        "Yes.\n\nSent from my shop to your door on Monday",
    ):
        assert newly_written(letter, "").text == letter


def test_a_signature_below_a_question_is_folded() -> None:
    assert newly_written("Is it still there?\n--\nAnn", "").text == "Is it still there?"


def test_a_rule_between_what_was_written_is_no_signature() -> None:
    for letter in (
        "Two options:\n--\nA: 200 euro\nB: 300 euro with lock",
        "Hello\n--\nA) 200 euro\nB) 300 euro with lock",
        "Hello\n--\nwhen can I come?",
        "Hello\n--\nI would like to come on Tuesday.",
        "Hello\n--\nAnn\nP.S. I come on Tuesday",
        "Which?\n\n-Tuesday",
        "Which?\n\n-Next Tuesday",
    ):
        assert newly_written(letter, "").text == letter


def test_the_providers_answer_is_taken_when_it_stands_in_the_letter() -> None:
    letter = "I come.\nWith my brother.\n\nSomething a stranger wrote:\nold"
    reply = newly_written(letter, "", "I come.\nWith my brother.")
    assert reply.text == "I come.\nWith my brother."
    assert reply.quoted == "Something a stranger wrote:\nold"


def test_the_providers_answer_may_be_the_whole_letter() -> None:
    reply = newly_written("I come.\n", "", "I come.")
    assert (reply.text, reply.quoted) == ("I come.", "")


@pytest.mark.parametrize("claimed", ["Something else", "   ", "old"])
def test_the_providers_answer_is_ignored_when_it_does_not(claimed: str) -> None:
    assert newly_written("I come.\nold", "", claimed).text == "I come.\nold"


def test_a_link_keeps_its_target() -> None:
    html = '<p>Look <a href="https://photos.example/1">here</a>, or at <a href="https://a.example/">a.example</a>.</p>'
    assert newly_written("", html).text == "Look here <https://photos.example/1>, or at a.example."


@pytest.mark.parametrize("target", ["https://a.example/listing/5", "https://b.example/a.example"])
def test_a_link_keeps_a_target_of_which_its_words_tell_only_a_piece(target: str) -> None:
    html = f'<p><a href="{target}">a.example</a></p>'
    assert newly_written("", html).text == f"a.example <{target}>"


@pytest.mark.parametrize(
    "page",
    [
        "<head><style>p {color: red}</style></head><body><img src='cid:1'></body>",
        "<div style='display:none'>seen by nobody</div><p hidden>nor this</p>"
        "<p style='visibility: hidden'>nor that</p><img src='cid:1'>",
        "<script>run()</script>",
    ],
)
def test_a_page_of_which_nothing_is_seen_has_no_text(page: str) -> None:
    assert newly_written("", page).text == ""


@pytest.mark.parametrize(
    "heading",
    [
        "Tarehe 24 Jul 2026 saa 10:15, Ann <a@b.example> aliandika:",
        "fös., 24. júl. 2026 kl. 10:15 skrifaði Ann <a@b.example>:",
    ],
)
def test_an_address_and_a_time_above_a_quote_are_its_heading_in_any_language(heading: str) -> None:
    assert newly_written(f"Yes.\n\n{heading}\n\n> Hello\n", "").text == "Yes."
    unquoted = f"Yes.\n\n{heading}\n\nHello"
    assert newly_written(unquoted, "").text == unquoted


def test_a_separator_may_hold_blanks_of_html() -> None:
    letter = "Yes.\n\n------------------&nbsp;原始邮件&nbsp;------------------\nHello"
    assert newly_written(letter, "").text == "Yes."


def test_an_address_and_a_time_in_a_sentence_above_a_quote_are_no_heading() -> None:
    sentence = "Write to bob@b.example from 10:15 on. You asked:"
    assert sentence in newly_written(f"{sentence}\n\n> Where?\n", "").text
    assert sentence in newly_written(f"Hello.\n\n{sentence}\n\n> Where?\n", "").text


def test_indented_text_in_html_is_no_quote() -> None:
    html = '<p>My terms:</p><blockquote style="margin:0 0 0 40px;border:none;padding:0">cash only</blockquote>'
    assert "cash only" in newly_written("", html).text


OFFER = "<p>Hello, I want the blue bike for 200 euro.</p><p>Can I come on Tuesday? Best regards, Maya</p>"


@pytest.mark.parametrize(
    "stub",
    [
        "This is an HTML email. Please view it in an HTML viewer.",
        "Diese Nachricht ist im HTML-Format.",
        "Voir la version en ligne",
    ],
)
def test_where_the_plain_text_says_nothing_the_letter_is_read(stub: str) -> None:
    assert "blue bike for 200 euro" in newly_written(stub, OFFER).text


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("Hello, I want the blue bike", OFFER),
        ("Do you write HTML?\nCall me", "<p>Do you write HTML?</p><p>Call me<img alt='x'></p>"),
        ("See https://a.example/b.html", "<p>Look <a href='https://a.example/b.html'>here</a></p>"),
        ("Yes", "<img src='cid:1'>"),
        ("\U0001f44d", OFFER),
    ],
)
def test_plain_text_that_says_something_is_read(plain: str, html: str) -> None:
    assert newly_written(plain, html).text == plain


@pytest.mark.parametrize("depth", [200, 1_000, 50_000])
def test_text_that_is_nested_too_deep_is_kept(depth: int) -> None:
    html = "<div>" * depth + "found" + "</div>" * depth
    assert newly_written("", html).text == "found"


@pytest.mark.parametrize(
    "letter",
    [
        "\n> Your answer goes by text message\n> {marker}\n> Maya wrote:\n> Hello?\n",
        "On Sun, 22 Nov 2026 Maya via Shop wrote:\n> {marker}\n> Hello?\n",
        "From: Maya via Shop\nSent: Sunday\nSubject: Bike\n\nYour answer goes\n{marker}\nHello?\n",
        "Ein Kopf, den niemand kennt\nYour answer goes\n{marker}\nHello?\n",
    ],
    ids=["only the quote", "with a heading", "not marked as a quote", "under an unknown heading"],
)
def test_our_own_mail_with_nothing_written_to_it_leaves_nothing(letter: str) -> None:
    reply = newly_written(letter.format(marker=MARKER), "")
    assert (reply.text, MARKER in reply.quoted) in [
        ("", True),
        ("Ein Kopf, den niemand kennt", True),
    ]


def test_an_answer_below_the_quoted_notification_is_kept() -> None:
    reply = newly_written(f"> Your answer goes\n> {MARKER}\n> Hello?\n\nI come at five.\n", "")
    assert reply.text == "I come at five."
