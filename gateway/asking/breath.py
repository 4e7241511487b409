"""What one question is about: of all that waits, what the customer wrote in one breath."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from channels_out.sms import plain
from gateway.asking.options import is_number
from gateway.models import Direction, HeldItem, MessageReply, Question
from gateway.text import one_line

# Who writes in several pieces says only once for whom they are; what comes later may be about something else.
BREATH = timedelta(minutes=1)
RECENT = timedelta(days=1)
LONGEST_QUOTE = 30


def waiting_for(question: Question) -> list[HeldItem]:
    """All that is held for a question, the oldest first, locked."""
    held = HeldItem.objects.select_for_update(of=("self",)).filter(question=question, settlement="")
    return list(held.order_by("created_at", "id"))


def breath_of(question: Question, waiting: list[HeldItem]) -> list[HeldItem]:
    """Of what waits, the text that the question is about and what stands with it, the oldest first.

    Without pauses, and with nothing of ours between.
    """
    subject = subject_of(question, waiting)
    if subject is None:
        return []
    place = waiting.index(subject)
    since = _last_of_ours(question, subject.created_at)
    before = [item for item in waiting[:place] if since is None or item.created_at >= since]
    return [*_at_once([subject, *before[::-1]])[:0:-1], *_at_once(waiting[place:])]


def subject_of(question: Question, waiting: list[HeldItem]) -> HeldItem | None:
    """The text that a question is about; where a person settled that, the newest other one."""
    named = next((item for item in waiting if item.pk == question.about_id), None)
    return named or newest_of(waiting) or next(iter(waiting), None)


def newest_of(waiting: list[HeldItem]) -> HeldItem | None:
    """The newest that says something: a number is an answer that came too late."""
    said = [item for item in waiting if not is_number(item.text)]
    return said[-1] if said else None


def first_words(text: str) -> str:
    """How a text begins, to be quoted in a question about it; nothing of a picture alone.

    In plain characters where it can be, so that the question is no dearer for it.
    """
    words = plain(one_line(text)).replace('"', "'")
    return words if len(words) <= LONGEST_QUOTE else words[: LONGEST_QUOTE - 3].rstrip() + "..."


def _at_once(items: list[HeldItem]) -> list[HeldItem]:
    """The first of these, as far as each was written within a breath of the one before."""
    pauses = (abs(later.created_at - one.created_at) > BREATH for one, later in pairwise(items))
    return items[: next((place for place, is_pause in enumerate(pauses, 1) if is_pause), None)]


def _last_of_ours(question: Question, before: datetime) -> datetime | None:
    """When we last wrote to the pair before a text, if that was lately."""
    ours = MessageReply.objects.filter(
        direction=Direction.OUTBOUND,
        channel=question.sender.channel,
        message__routes__sender=question.sender_id,
        message__routes__normalized=question.normalized,
        created_at__gte=before - RECENT,
        created_at__lt=before,
    )
    return ours.order_by("-created_at").values_list("created_at", flat=True).first()
