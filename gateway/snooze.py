"""The clock of what is snoozed: a conversation comes back when its time has come."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

from gateway.models import CustomerMessage
from gateway.states import change, wake

BATCH = 200
LONGEST = timedelta(days=366)


def wake_due() -> int:
    """Wakes conversations whose time has come; how many. Two workers wake each of them once."""
    now = timezone.now()
    due = CustomerMessage.objects.filter(snoozed_until__lte=now).order_by("snoozed_until")
    return sum(_wake(pk) for pk in due.values_list("pk", flat=True)[:BATCH])


def is_ahead(at: datetime) -> bool:
    """Whether one can snooze until then."""
    return timezone.now() < at <= timezone.now() + LONGEST


def _wake(pk: uuid.UUID) -> bool:
    with change(pk) as message:
        until = message.snoozed_until
        is_due = until is not None and until <= timezone.now()
        if is_due and message.is_open:
            wake(message, timezone.now())
    return is_due
