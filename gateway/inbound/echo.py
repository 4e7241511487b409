"""A phone that answers each text by itself: the same words, right after each of ours."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from gateway.models import CustomerMessage, Direction

# A machine answers within seconds; networks and a busy provider add some.
ANSWERS_WITHIN = timedelta(minutes=2)
# People write "ok" and "thank you" again and again.
FEWEST_CHARACTERS = 20
LOOKED_AT = 5
REPEATED = _(
    "The same words came before, right after an answer of yours: an automatic reply. "
    "Nobody was told of it by mail."
)


def is_echo(message: CustomerMessage, text: str, at: datetime) -> bool:
    """Whether a text repeats what came before it, right after an answer of the owner.

    Times and ticket numbers may differ. It asks the database only within ANSWERS_WITHIN of an answer.
    """
    answered = message.last_reply_at
    if answered is None or not answered <= at <= answered + ANSWERS_WITHIN:
        return False
    words = _words(text)
    if len(words) < FEWEST_CHARACTERS:
        return False
    came = message.replies.filter(direction=Direction.INBOUND).order_by("-created_at", "-id")
    earlier = came.values_list("reply", flat=True)[:LOOKED_AT]
    return any(_words(each) == words for each in (*earlier, message.message))


def _words(text: str) -> str:
    return " ".join(re.sub(r"\d+", "0", text).casefold().split())
