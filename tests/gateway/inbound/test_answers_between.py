"""A member answers between the lines of a notification, as the programs in use quote it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

import pytest

from gateway.inbound.messages import Outcome
from gateway.inbound.receive import receive
from gateway.models import HeldReason
from tests.factories import make_message
from tests.gateway.post import (
    customer_token,
    newest_notification,
    owner_token,
    post,
    sent_to_customer,
)
from webhooks.mail import read_mail

pytestmark = pytest.mark.django_db

TOP = "Hi Maya, see below."
ANSWERS = {
    "Is it still there, and would you keep it for me until the end of the month?": "Yes, I keep it.",
    "What does it cost?": "120 euros.",
}
QUESTIONS = "Hello!\n\n" + "\n\n".join([*ANSWERS, "When can I come?"])
WHO = "Maya via Ann's Bikes <messages@gateway.test>"
BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)


@pytest.fixture
def message(ann):
    """A conversation of which Ann was told."""
    return make_message(ann, text=QUESTIONS)


def answered(quote: str, form: str) -> str:
    """What she quotes, with her answers each below its question."""
    for question, answer in ANSWERS.items():
        quote = quote.replace(question, form.format(question=question, answer=answer))
    return quote


def marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def gmail(own: str, text: str) -> str:
    return f"On Fri, Nov 27, 2026 at 6:00 AM {WHO} wrote:\n\n{marked(text)}"


def apple(own: str, text: str) -> str:
    return marked(f"On 27 Nov 2026, at 06:00, {WHO} wrote:\n\n{text}")


def thunderbird(own: str, text: str) -> str:
    return f"Am 27.11.26 um 06:00 schrieb {WHO}:\n{marked(text)}"


def outlook(own: str, text: str) -> str:
    head = f"From: {WHO}\nSent: Friday, November 27, 2026 6:00 AM\nTo: Ann <{own}>\nSubject: Bike"
    return f"-----Original Message-----\n{head}\n\n{text}"


def gmail_html(own: str, page: str) -> str:
    attr = f'<div class="gmail_attr">On Fri, Nov 27, 2026 at 6:00 AM {WHO} wrote:<br></div>'
    quote = f'<blockquote class="gmail_quote" style="border-left:1px solid">{page}</blockquote>'
    return f'<br><div class="gmail_quote gmail_quote_container">{attr}{quote}</div>'


def apple_html(own: str, page: str) -> str:
    head = f"<div>On 27 Nov 2026, at 06:00, {WHO} wrote:</div><br>"
    return f'<div><br><blockquote type="cite">{head}{page}</blockquote></div>'


def thunderbird_html(own: str, page: str) -> str:
    head = f'<div class="moz-cite-prefix">Am 27.11.26 um 06:00 schrieb {WHO}:<br></div>'
    return f'{head}<blockquote type="cite" cite="mid:1@x.example">{page}</blockquote>'


def outlook_web(own: str, page: str) -> str:
    head = f"<b>From:</b> {WHO}<br><b>Sent:</b> Friday<br><b>To:</b> Ann &lt;{own}&gt;<br>"
    return f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{head}</div>{page}'


def outlook_html(own: str, page: str) -> str:
    fields = f"<b>From:</b> {WHO}<br><b>Sent:</b> Friday<br><b>To:</b> Ann &lt;{own}&gt;<br>"
    head = f'<div style="border:none;border-top:solid"><p>{fields}<b>Subject:</b> Bike</p></div>'
    return f"<div>{head}</div>{page}"


TEXT = (gmail, apple, thunderbird)
HTML = (gmail_html, apple_html, thunderbird_html)
UNMARKED_TEXT, UNMARKED_HTML = (outlook,), (outlook_web, outlook_html)
Program = Callable[[str, str], str]


def page_of(html: str) -> str:
    body = BODY.search(html)
    assert body
    return body[1]


def answer(message, ann, body: str, kind: str = "plain"):
    """Ann sends the mail that she wrote in her program."""
    raw = f"From: Ann <{ann.user.email}>\nTo: {owner_token(message, ann)}\nSubject: Re: Bike\n"
    raw += f"Content-Type: text/{kind}; charset=utf-8\n\n{body}"
    (received,) = receive(read_mail(raw.encode()))
    return received


def relayed(message, ann, received) -> str:
    """What went to the customer, with nothing in it that is for Ann alone."""
    assert received.outcome == Outcome.RELAYED
    sent = sent_to_customer(message)[-1].rendered
    for secret in (ann.user.email, "/act/", "/conversations/", "Read and answer", "Note:"):
        assert secret not in sent.text + sent.html
    return received.reply.reply


@pytest.mark.parametrize("program", [*TEXT, *UNMARKED_TEXT])
def test_an_answer_above_a_notification_goes_out_alone(message, ann, program: Program):
    note = newest_notification(message).text
    received = answer(message, ann, f"{TOP}\n\n{program(ann.user.email, note)}")
    assert relayed(message, ann, received) == TOP


@pytest.mark.parametrize("program", [*HTML, *UNMARKED_HTML])
def test_an_answer_above_a_notification_in_html_goes_out_alone(message, ann, program: Program):
    note = page_of(newest_notification(message).html)
    received = answer(message, ann, f"<div>{TOP}</div>{program(ann.user.email, note)}", "html")
    assert relayed(message, ann, received) == TOP


BETWEEN = "\n".join(f"> {question}\n\n{answer}\n" for question, answer in ANSWERS.items()).strip()


@pytest.mark.parametrize("top", [TOP, ""])
@pytest.mark.parametrize("program", TEXT)
def test_answers_between_the_lines_go_out_with_their_questions(message, ann, program, top):
    note = program(ann.user.email, newest_notification(message).text)
    received = answer(
        message,
        ann,
        f"{top}\n\n{answered(note, '{question}' + chr(10) * 2 + '{answer}' + chr(10))}",
    )
    text = relayed(message, ann, received)
    assert filled(text) == filled(f"{top}\n{BETWEEN}")


@pytest.mark.parametrize("top", [TOP, ""])
@pytest.mark.parametrize("program", HTML)
def test_answers_between_the_lines_of_html_go_out_with_their_questions(message, ann, program, top):
    note = program(ann.user.email, page_of(newest_notification(message).html))
    cite = re.findall(r"<blockquote[^>]*>", note)[0]
    split = f"{{question}}</p></blockquote></blockquote><div>{{answer}}</div>{cite}<blockquote><p>"
    received = answer(message, ann, f"<div>{top}</div>{answered(note, split)}", "html")
    assert filled(relayed(message, ann, received)) == filled(f"{top}\n{BETWEEN}")


def filled(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


@pytest.mark.usefixtures("each_at_once")
def test_of_our_mail_only_what_was_said_goes_along_wherever_he_answers(message, ann):
    stranger = "Please confirm your account with the code 993311."
    post(customer_token(message), sender="feedback@slack.example", text=stranger)
    note = newest_notification(message).text
    assert "Note: Written from feedback@slack.example" in note
    quote = marked(note).replace(f"> {stranger}", f"> {stranger}\n\nWhat is this?\n")
    quote = quote.replace("> Archive:", "Come at five.\n\n> Archive:")
    received = answer(message, ann, f"{TOP}\n\n{quote}")
    assert filled(relayed(message, ann, received)) == [TOP, "What is this?", "Come at five."]
    assert "993311" in received.reply.quoted


def test_the_rests_of_lines_that_a_program_wraps_are_no_answers(message, ann):
    lines = marked(newest_notification(message).text).split("\n")
    wrapped = [textwrap.fill(line, 72, break_long_words=False) for line in lines]
    assert "month?" in "\n".join(wrapped).split("\n")
    received = answer(
        message, ann, "\n".join([TOP, "", f"{WHO} wrote on 27.11.2026 06:00:", *wrapped])
    )
    assert relayed(message, ann, received) == TOP


@pytest.mark.usefixtures("each_at_once")
def test_nor_do_those_of_what_was_not_said_go_along(message, ann):
    words = (
        "Somebody opened an account in your name and gave us this address, so please use "
        "code 778899, valid for ten minutes."
    )
    post(customer_token(message), sender="feedback@slack.example", text=words)
    note = newest_notification(message).text.replace(words, f"{words}\n\nWhat is this?\n")
    lines = marked(note).replace("> What is this?", "What is this?").split("\n")
    wrapped = [textwrap.fill(line, 74, break_long_words=False) for line in lines]
    assert "778899" in "\n".join(line for each in wrapped for line in each.split("\n")[1:])
    received = answer(message, ann, "\n".join([TOP, "", *wrapped]))
    assert filled(relayed(message, ann, received)) == [TOP, "What is this?"]
    assert "778899" in received.reply.quoted


def test_what_is_held_has_nothing_of_ours_in_it_either(message, ann):
    note = gmail(ann.user.email, newest_notification(message).text)
    body = answered(note, "{question}\n\n{answer}\n").replace("> Archive", "Tomorrow.\n\n> Archive")
    raw = f"From: Ann <new@else.example>\nTo: {owner_token(message, ann)}\nSubject: Re: Bike\n"
    (received,) = receive(read_mail(f"{raw}\n{body}".encode()))
    held = received.held
    assert held.reason == HeldReason.UNKNOWN_ADDRESS
    assert "Tomorrow." in held.text
    assert "http" not in held.text
    assert "/conversations/" in held.quoted
