"""What one question is about: of all that waits, what the customer wrote in one breath."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from channels_out.sms import plain
from gateway.asking.options import is_number
from gateway.asking.words import Words
from gateway.links import QUESTION_LINK_LIFE
from gateway.models import Attachment, Direction, HeldItem, MessageReply, Question
from gateway.text import one_line

# Who writes in several pieces is asked about them together; what comes later may be about something else.
BREATH = timedelta(minutes=1)
RECENT = timedelta(days=1)
LONGEST_QUOTE = 30
MOST_QUOTES = 3


def held_for(question: Question) -> QuerySet[HeldItem]:
    """What is held for a question, the oldest first.

    Not what is older than a link lives: nobody remembers what he meant, and staff settle it.
    """
    since = timezone.now() - QUESTION_LINK_LIFE
    held = HeldItem.objects.filter(question=question, settlement="", created_at__gte=since)
    return held.order_by("created_at", "id")


def waiting_for(question: Question) -> list[HeldItem]:
    """The same, locked."""
    return list(held_for(question).select_for_update(of=("self",)))


def asked_about(question: Question, waiting: list[HeldItem]) -> list[HeldItem]:
    """Of what waits, what the question quotes: an answer speaks of nothing else."""
    return [item for item in waiting if item.asked_in == question.pk]


def shown_of(question: Question, waiting: list[HeldItem]) -> HeldItem | None:
    """Of what waits, the one text that the page behind the link asks about; None where nothing waits."""
    return next(iter([*asked_about(question, waiting), *waiting]), None)


def last_breath(question: Question, waiting: list[HeldItem]) -> list[HeldItem]:
    """Of what waits, the newest that says something and what stands before it, the oldest first.

    Without pauses, and with nothing of ours between. A number alone at the end says nothing: it is an answer
    that came too late, to us or to whoever wrote to him meanwhile.
    """
    options = list(question.options.all())
    numbers = {item.pk for item in waiting if is_number(item.text, options)}
    with_files = _with_files(numbers)
    said = [item for item in waiting if item.pk not in numbers or item.pk in with_files]
    if not said:
        return []
    place = waiting.index(said[-1])
    since = _last_of_ours(question, said[-1].created_at)
    before = [item for item in waiting[:place] if since is None or item.created_at >= since]
    return _at_once([said[-1], *before[::-1]])[::-1]


def told_again(texts: Sequence[str], words: Words) -> str:
    """What he wrote, as a question about it says it: You wrote "Hi", "It is..." (+2).

    How the first few begin, in plain characters where it can be, so that the question is no dearer for it;
    how many more there are; and of pictures without a word that he sent some.
    """
    quoted = [f'"{begin}"' for text in texts if (begin := _first_words(text))][:MOST_QUOTES]
    more = len(texts) - max(1, len(quoted))
    counted = f" (+{more})" if more else ""
    if not quoted:
        return words.sent.format(more=counted)
    return words.wrote.format(said=", ".join(quoted) + counted)


def _first_words(text: str) -> str:
    words = plain(one_line(text)).replace('"', "'")
    return words if len(words) <= LONGEST_QUOTE else words[: LONGEST_QUOTE - 3].rstrip() + "..."


def _at_once(items: list[HeldItem]) -> list[HeldItem]:
    """The first of these, as far as each was written within a breath of the one before."""
    pauses = (abs(later.created_at - one.created_at) > BREATH for one, later in pairwise(items))
    return items[: next((place for place, is_pause in enumerate(pauses, 1) if is_pause), None)]


def _with_files(items: set[UUID]) -> set[UUID]:
    found = Attachment.objects.filter(held__in=items) if items else Attachment.objects.none()
    return {pk for pk in found.values_list("held", flat=True) if pk}


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
