"""Staff who read what is not their own business's leave a row, which the business's people see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from gateway.models import CustomerMessage, HeldItem, Membership, Reading
from gateway.participants import email_of, name_of

# Who opens the same thing again within an hour is still reading it.
ONE_READING = timedelta(hours=1)


def staff_read(user: Any, read: CustomerMessage | HeldItem) -> None:
    """Remembers that this person of the staff opened it; nothing for a member, and where no business is named.

    A host's own staff count by their access, whatever page they came from.
    """
    if read.business_id is None or _is_member(user, read):
        return
    what = {"message": read} if isinstance(read, CustomerMessage) else {"held": read}
    lately = Reading.objects.filter(
        **what, reader=user, created_at__gte=timezone.now() - ONE_READING
    )
    if not lately.exists():
        Reading.objects.create(
            business_id=read.business_id,
            reader=user,
            reader_name=(name_of(user) or email_of(user) or str(user))[:255],
            **what,
        )


def _is_member(user: Any, read: CustomerMessage | HeldItem) -> bool:
    return Membership.objects.filter(business=read.business_id, user=user, is_active=True).exists()
