"""Proposed answers: an agent proposes, a member sends, changes or dismisses.

One answers what stands last in a conversation: once either side has written since, it is superseded. That
follows from the times alone, so nothing is written for it where messages are taken in.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from gateway.models import CustomerMessage, Membership, MessageReply, Suggestion, SuggestionState
from gateway.participants import email_of, name_of
from gateway.states import inbox_changed, lock

MOST_OPEN = 3  # in a conversation: as many as one reads at a glance


def suggest(message: CustomerMessage, author: Membership, text: str) -> Suggestion:
    """Proposes an answer, which goes nowhere by itself. Of those that are open the newest few stay so."""
    name = name_of(author.user) or email_of(author.user)
    with transaction.atomic():
        lock([message.pk])
        stay = [each.pk for each in offered(message)[: MOST_OPEN - 1]]
        others = Suggestion.objects.filter(message=message, state=SuggestionState.OPEN)
        others.exclude(pk__in=stay).update(state=SuggestionState.SUPERSEDED)
        made = Suggestion.objects.create(
            message=message, author=author, author_name=name[:255], text=text
        )
        inbox_changed(message.business_id)
    return made


def suggestions_in(message: CustomerMessage) -> QuerySet[Suggestion]:
    """All of a conversation, the newest first; `is_past` says whether somebody has written since."""
    found = Suggestion.objects.filter(message=message).order_by("-id")
    return found.annotate(is_past=_written_since())


def offered(message: CustomerMessage) -> list[Suggestion]:
    """What a member may use now, the newest first."""
    found = Suggestion.objects.filter(message=message, state=SuggestionState.OPEN)
    return list(found.exclude(_written_since()).order_by("-id")[:MOST_OPEN])


def dismiss(suggestion: Suggestion) -> None:
    """A member does without it. One that is settled stays as it is."""
    still = Suggestion.objects.filter(pk=suggestion.pk, state=SuggestionState.OPEN)
    with transaction.atomic():
        if still.update(state=SuggestionState.DISMISSED):
            inbox_changed(suggestion.message.business_id)


def became(suggestion_id: uuid.UUID, reply: MessageReply) -> None:
    """Records the answer that was made of a suggestion of the same conversation, and whether it was changed."""
    found = Suggestion.objects.filter(pk=suggestion_id, message=reply.message_id, reply=None)
    for suggestion in found:
        is_same = suggestion.text.split() == reply.reply.split()
        state = SuggestionState.USED if is_same else SuggestionState.EDITED
        found.update(state=state, reply=reply)


def _written_since() -> Exists:
    later = MessageReply.objects.filter(
        message=OuterRef("message"), created_at__gt=OuterRef("created_at"), is_automatic=False
    )
    return Exists(later)
