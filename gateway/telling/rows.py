"""What waits to be told, or is kept with what told it: locked by all in one order."""

from __future__ import annotations

from django.db.models import Q

from gateway.models import Notice


def lock_notices(which: Q) -> None:
    """Locks these by their ids: after deliveries and conversations, before counters and the business.

    All that a transaction will touch, at once.
    """
    locked = Notice.objects.select_for_update(of=("self",)).filter(which).order_by("pk")
    list(locked.values_list("pk", flat=True))
