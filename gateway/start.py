"""The first steps of an owner, until the first customer has written."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from channels_out.models import Sender
from gateway.models import Business, CustomerMessage


def nobody_wrote_to(businesses: Iterable[UUID]) -> bool:
    """Whether no customer has ever written to any of these businesses."""
    return not CustomerMessage.objects.filter(business__in=list(businesses)).order_by().exists()


def numbers_of(business: Business) -> QuerySet[Sender]:
    """The numbers at which this business's customers reach it: its own, and those of all."""
    mine = Q(dedication__business=business) | Q(is_shared=True)
    return Sender.objects.filter(mine, is_active=True)
