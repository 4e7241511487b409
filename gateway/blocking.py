"""An owner blocks a customer: all that comes from him is spam from now on, and nobody is told."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from gateway.models import Contact
from gateway.states import changing


def block(message_id: uuid.UUID) -> None:
    """The writer of a conversation is blocked, and the conversation is spam.

    Raises CustomerMessage.DoesNotExist.
    """
    _set(message_id, timezone.now())


def unblock(message_id: uuid.UUID) -> None:
    """The writer of a conversation is heard again, and the conversation is no spam.

    Raises CustomerMessage.DoesNotExist.
    """
    _set(message_id, None)


@transaction.atomic
def _set(message_id: uuid.UUID, blocked_at: datetime | None) -> None:
    """The contact is locked before the conversation, as who joins two conversations does."""
    Contact.objects.filter(messages=message_id).update(blocked_at=blocked_at)
    with changing(message_id) as message:
        message.is_spam = blocked_at is not None
