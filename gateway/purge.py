"""What is past its time goes for good: first answers to repeated calls, questions that are over, the trash."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from channels_out.models import Delivery
from gateway.models import (
    Attachment,
    CustomerMessage,
    IdempotentCall,
    Notice,
    Participant,
    Question,
)
from gateway.participants import remember

CALLS_KEPT = timedelta(days=7)  # far longer than any program repeats a call of its own
# As long as the raw body of the answer; far longer than a link lives or brakes look back.
QUESTIONS_KEPT = timedelta(days=90)
TRASH_KEPT = timedelta(days=30)  # what the dashboard promises


def old_calls(now: datetime) -> QuerySet[IdempotentCall]:
    """Calls that nobody repeats any more."""
    return IdempotentCall.objects.filter(created_at__lt=now - CALLS_KEPT)


def old_questions(now: datetime) -> QuerySet[Question]:
    """Questions that were settled long ago, and those about which nothing waits any more."""
    old = Question.objects.filter(created_at__lt=now - QUESTIONS_KEPT)
    over = old.filter(Q(settled_at__isnull=False) | Q(due_at=None))
    return over.exclude(held_items__settlement="")


def forget_questions(now: datetime) -> int:
    """Deletes them with their options and what was sent for them; how many."""
    with transaction.atomic():
        due = dict(old_questions(now).values_list("pk", "delivery"))
        Delivery.objects.filter(pk__in=[pk for pk in due.values() if pk]).delete()
        Question.objects.filter(pk__in=due).delete()
    return len(due)


def old_trash(now: datetime) -> QuerySet[CustomerMessage]:
    """Conversations that can no longer be restored, but for those in which something still waits for a person."""
    thrown_away = CustomerMessage.objects.filter(deleted_at__lt=now - TRASH_KEPT, merged_into=None)
    return thrown_away.exclude(held_items__settlement="")


def empty_trash(now: datetime) -> int:
    """Deletes what is too old with its deliveries and files; how many conversations.

    Raises what the storage raises; run again, it goes on where it stopped.
    """
    due = list(old_trash(now).values_list("pk", flat=True))
    return sum(_erase(pk, now) for pk in due)


def _erase(pk: uuid.UUID, now: datetime) -> bool:
    # The files go first, and outside the transaction: their rows still name those that could not be deleted.
    for attachment in _files_of(pk):
        attachment.file.delete(save=False)
        attachment.thumbnail.delete(save=False)
    with transaction.atomic():
        # Before the conversation, as those who record what became of them: neither waits for the other.
        deliveries = Delivery.objects.select_for_update(of=("self",)).order_by("pk")
        among_others = Notice.objects.filter(message=pk, delivery__isnull=False).values("delivery")
        about = Q(dispatch__message=pk) | Q(pk__in=among_others)
        told = list(deliveries.filter(about).values_list("pk", flat=True))
        message = old_trash(now).select_for_update(of=("self",)).filter(pk=pk).first()
        if message is None:  # the customer wrote at this very moment
            return False
        Delivery.objects.filter(pk__in=told).delete()
        sides = Q(message=message) | Q(message__merged_into=message)
        remember(Participant.objects.filter(sides).select_related("message"))
        message.delete()
    return True


def _files_of(pk: uuid.UUID) -> QuerySet[Attachment]:
    inside = Q(message=pk) | Q(reply__message=pk) | Q(held__message=pk)
    return Attachment.objects.filter(inside).exclude(file="")
