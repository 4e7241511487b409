"""Whether an owner must look at a conversation because an answer did not arrive, or may not have."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from channels_out.state import State
from gateway.models import CustomerMessage, Dispatch
from gateway.outbound.progress import PURPOSE

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


def _answers_of(message: Any) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(message=message, reply__isnull=False, delivery__purpose=PURPOSE)
