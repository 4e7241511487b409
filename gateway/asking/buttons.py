"""The question as buttons on WhatsApp, and what a pressed one says.

Within the 24 hours of a session Twilio sends its Content templates without WhatsApp's approval: three
quick replies (https://www.twilio.com/docs/content/twilio-quick-reply) or a list of ten
(https://www.twilio.com/docs/content/twiliolist-picker). A template has as many places as it has
options, so there is one for each number of them; where none is set, the question is a plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

from channels_out.channel import Channel
from channels_out.outgoing import Rendered
from gateway.asking.words import words_in
from gateway.conf import question_contents
from gateway.models import Option, Question

MOST_REPLIES = 3
# What WhatsApp shows of each, in characters.
LONGEST_REPLY = 20
LONGEST_ITEM = 24
LONGEST_ABOUT = 72
LONGEST_BODY = 1024
_PRESSED = re.compile(r"question:([0-9a-f]{32}):(\d{1,2})")


def with_buttons(question: Question, options: list[Option], text: str) -> Rendered:
    """The question as it goes out: with buttons where the sender's channel and the settings allow it.

    The text is kept beside the template, which replaces it.
    """
    content = question_contents().get(len(options), "")
    if question.sender.channel != Channel.WHATSAPP or not content or len(text) > LONGEST_BODY:
        return Rendered(text=text)
    variables = (("body", text), *_places(question, options))
    return Rendered(text=text, content_sid=content, content_variables=variables)


def pressed_in(payload: str) -> tuple[UUID, int] | None:
    """The question and the option's number that a pressed button names; None for no button of ours."""
    found = _PRESSED.fullmatch(payload)
    return (UUID(found[1]), int(found[2])) if found else None


def _places(question: Question, options: list[Option]) -> Iterator[tuple[str, str]]:
    is_list = len(options) > MOST_REPLIES
    if is_list:
        yield "button", words_in(question.language).pick
    for place, option in enumerate(options, start=1):
        yield f"id{place}", f"question:{question.pk.hex}:{option.number}"
        yield f"title{place}", _cut(str(option), LONGEST_ITEM if is_list else LONGEST_REPLY)
        if is_list:
            yield f"about{place}", _cut(option.name, LONGEST_ABOUT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
