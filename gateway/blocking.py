"""An owner blocks a customer: all that comes from him is spam from now on, and nobody is told."""

from __future__ import annotations

import uuid

from django.utils import timezone

from gateway.models import Contact
from gateway.states import change


def block(message_id: uuid.UUID) -> None:
    """The writer of a conversation is blocked, and the conversation is spam.

    Raises CustomerMessage.DoesNotExist.
    """
    with change(message_id) as message:
        message.is_spam = True
        Contact.objects.filter(pk=message.contact_id).update(blocked_at=timezone.now())


def unblock(message_id: uuid.UUID) -> None:
    """The writer of a conversation is heard again, and the conversation is no spam.

    Raises CustomerMessage.DoesNotExist.
    """
    with change(message_id) as message:
        message.is_spam = False
        Contact.objects.filter(pk=message.contact_id).update(blocked_at=None)
