"""A member answers between the lines of our notification: only what was said in the conversation goes with it.

The rest of it is for him alone: notes, links, and buttons that are pressed in his name.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.inbound.messages import InboundMail
from gateway.models import CustomerMessage
from gateway.own_opening import is_own_opening
from gateway.own_view import own_replies

LOOKED_BACK = 30  # replies; a notification quotes the last of them
MOST_LINES = 500  # of ours in one answer; it bounds the time
_OTHER = re.compile(r"[\W_]+")


def without_our_words(mail: InboundMail, message: CustomerMessage | None) -> InboundMail:
    """A member's mail without those lines of ours that neither side said; they are handed on as quoted.

    What stands right below one of them, as its rest would, goes with it.
    """
    if not mail.ours:
        return mail
    said = _said_in(message) if message else ""
    unsaid = {
        line
        for number, ours in enumerate(mail.ours)
        if number >= MOST_LINES or not _was_said(ours.partition("\n")[0], said)
        for line in ours.split("\n")
    }
    lines = mail.text.split("\n")
    kept = "\n".join(line for line in lines if line not in unsaid).strip("\n")
    cut = "\n".join(line for line in lines if line in unsaid)
    quoted = "\n\n".join(filter(None, (cut, mail.quoted)))
    return replace(mail, text=kept.rstrip(), quoted=quoted, ours=())


def _said_in(message: CustomerMessage) -> str:
    """What the customer wrote and got, as he may see it."""
    newest = own_replies(message).order_by("-created_at", "-id")
    replies = newest.values_list("reply", flat=True)[:LOOKED_BACK]
    opening = [message.message] if is_own_opening(message) else []
    return "".join(map(_words, (*opening, *replies)))


def _was_said(line: str, said: str) -> bool:
    words = _words(line)
    return bool(words.strip()) and words in said


def _words(text: str) -> str:
    """The words with one blank around each, as lines that were wrapped anew are compared."""
    return f" {_OTHER.sub(' ', text).strip()} ".casefold()
