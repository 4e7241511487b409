"""Which answers did not arrive, or may not have, so that somebody must look."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.signals import Change
from channels_out.state import State
from gateway.models import CustomerMessage, Dispatch, Failure
from gateway.outbound.progress import PURPOSE, asked_and_over
from gateway.states import answers_moved

NOT_ARRIVED = (State.FAILED, State.CANCELLED)
# A phone network may report a failure, and the handset a receipt a minute later.
RECEIPT_MAY_COME = timedelta(seconds=60)
# Nobody can be asked whether it went out.
_WAITS_FOR_A_WORD = Q(delivery__state=State.IN_DOUBT, delivery__due_at=None)
# A failure is over once a later answer went out.
_FAILED = Q(delivery__state=State.FAILED, reply__created_at__gte=F("message__last_reply_at"))


def has_failed(message: CustomerMessage) -> bool:
    """Whether the newest answer failed, or one waits for a person's word; of a conversation as it is stored."""
    return _answers_of(message.pk).filter(_FAILED | _WAITS_FOR_A_WORD).exists()


def waits_for_a_word(message: CustomerMessage) -> bool:
    """Whether an answer waits for a person to say whether it went out."""
    return _answers_of(message.pk).filter(_WAITS_FOR_A_WORD).exists()


def wrongly_marked() -> QuerySet[CustomerMessage]:
    """Conversations whose mark says what is not so: code that kept no mark recorded their deliveries."""
    failing = Exists(_answers_of(OuterRef("pk")).filter(_FAILED | _WAITS_FOR_A_WORD))
    return CustomerMessage.objects.filter(
        Q(failing, has_failed=False) | Q(~failing, has_failed=True)
    )


def failed_replies(message_id: uuid.UUID) -> set[uuid.UUID]:
    """The answers of a conversation of which a part did not arrive."""
    failed = _answers_of(message_id).filter(delivery__state__in=NOT_ARRIVED)
    return {pk for pk in failed.values_list("reply_id", flat=True) if pk}


def taken_back_replies(message_id: uuid.UUID) -> set[uuid.UUID]:
    """The answers of a conversation that its writers took back before anything of them went out."""
    sent = _answers_of(message_id)
    others = sent.exclude(delivery__state=State.CANCELLED).values("reply")
    taken_back = sent.filter(delivery__state=State.CANCELLED).exclude(reply__in=others)
    return {pk for pk in taken_back.values_list("reply_id", flat=True) if pk}


def look_again(message: CustomerMessage) -> None:
    """Marks a locked conversation by what became of its answers."""
    answers_moved(message, failed_replies(message.pk))
    message.has_failed = has_failed(message)


def note_failures(failed: dict[uuid.UUID, Change]) -> None:
    """Notes which answers failed for good, each with a delivery that did; in the transaction that recorded it.

    An answer that fails in several parts, or twice, is noted once until something is done about it.
    """
    now = timezone.now()
    Failure.objects.bulk_create(
        (
            Failure(reply_id=reply, channel=change.channel, due_at=_due(change, now))
            for reply, change in failed.items()
        ),
        ignore_conflicts=True,
    )


def _answers_of(message: Any) -> QuerySet[Dispatch]:
    answers = Dispatch.objects.filter(
        message=message, reply__isnull=False, is_replaced=False, delivery__purpose=PURPOSE
    )
    return answers.exclude(asked_and_over())


def _due(change: Change, now: datetime) -> datetime:
    may_still_arrive = change.channel != Channel.EMAIL and change.provider_id
    return now + RECEIPT_MAY_COME if may_still_arrive else now
