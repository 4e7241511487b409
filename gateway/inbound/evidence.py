"""What the steps that file a text look at, and what they find."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Max
from django.utils import timezone

from channels_out.models import Sender
from gateway.addresses import normalize
from gateway.inbound.messages import InboundText
from gateway.models import Business, CustomerMessage, Route
from gateway.routes import waiting_on
from gateway.telling.texts import told_on

# On a shared number an answer is expected within days; later the same person may mean another business.
RECENT = timedelta(days=3)


@dataclass(frozen=True)
class Found:
    """Where a text belongs: a conversation, or a business for which it opens one, about `listing` if any.

    `is_stranger` says that the business knows nothing of the writer: no route, no contact's address.
    """

    step: str
    business: Business
    message: CustomerMessage | None = None
    note: str = ""
    is_stranger: bool = False
    listing: Any = None


@dataclass(frozen=True)
class Evidence:
    """What the steps look at. `routes` are those of the pair, `of_business` those of the phone with the business.

    `asleep` are those that are silent for so long that the phone may have another holder.
    """

    text: InboundText
    sender: Sender
    business: Business | None
    routes: list[Route]
    of_business: list[Route]
    asleep: list[Route]

    @property
    def at(self) -> datetime:
        """When we were given the text."""
        return self.text.received_at or timezone.now()

    @property
    def phone(self) -> str:
        """The writer's address, as it is compared."""
        return normalize(self.text.channel, self.text.from_address)

    @property
    def living(self) -> list[Route]:
        """The routes of conversations that are not in the trash."""
        return [route for route in self.routes if route.message.deleted_at is None]

    @cached_property
    def told_at(self) -> datetime | None:
        """When a text from this number last told its writer, who is a member, of a customer of his business."""
        told = told_on(self.phone).filter(delivery__sender=self.sender)
        newest: datetime | None = told.aggregate(newest=Max("created_at"))["newest"]
        return newest

    @cached_property
    def is_between_several(self) -> bool:
        """Whether he may mean others than the only business that deals with him on this number.

        It told him of a customer of his own business, or he wrote lately what he has not said the business of.
        """
        lately = waiting_on([self.sender], self.phone).filter(created_at__gte=self.at - RECENT)
        return self.told_at is not None or lately.exists()
