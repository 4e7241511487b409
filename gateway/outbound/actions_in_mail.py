"""The buttons at the end of a notification."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.template.loader import render_to_string
from django.utils.text import Truncator

from channels_out.outgoing import Rendered
from gateway.action_links import Do, action_url
from gateway.canned import filled
from gateway.models import CustomerMessage, Participant
from gateway.models.listing import can_be_sold
from gateway.text import one_line

LONGEST_WORDS = 200  # characters; the page behind the button shows them all


def with_actions(
    mail: Rendered, message: CustomerMessage, written: uuid.UUID, side: Participant
) -> Rendered:
    """The notification of the message with the id `written`, with a member's own buttons at its end.

    Those that answer stand there while the customer waits for an answer.
    """
    answers = (message.business.quick_answers or []) if message.waiting_since else []
    context = {
        "answers": [
            (
                _words(each["text"], message, side),
                action_url(side, written, Do.ANSWER, each["label"]),
            )
            for each in answers
        ],
        "archive_url": action_url(side, written, Do.ARCHIVE),
        "spam_url": action_url(side, written, Do.SPAM),
        "sold_url": action_url(side, written, Do.SOLD) if _is_for_sale(message) else "",
    }
    before, end, after = mail.html.rpartition("</body>")
    return replace(
        mail,
        text=mail.text + render_to_string("gateway/mail/actions.txt", context),
        html=before + render_to_string("gateway/mail/actions.html", context) + end + after,
    )


def _words(text: str, message: CustomerMessage, side: Participant) -> str:
    said = filled(text, message, side.membership) if side.membership else text
    return Truncator(one_line(said)).chars(LONGEST_WORDS)


def _is_for_sale(message: CustomerMessage) -> bool:
    """Asked of the model: the listing itself is not read for a mail."""
    model = CustomerMessage._meta.get_field("listing").related_model
    return message.listing_id is not None and can_be_sold(model)
