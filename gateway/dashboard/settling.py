"""What one person can do with one held item, and where it could be filed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from channels_out.channel import Channel
from gateway.accept import why_not
from gateway.addresses import normalize
from gateway.dashboard.access import Viewer
from gateway.held import NotForYou
from gateway.inbox import NEWEST_FIRST, found_in
from gateway.models import (
    NEVER_SENT,
    Attachment,
    Business,
    ContactAddress,
    CustomerMessage,
    HeldItem,
    Membership,
    Reading,
)
from gateway.outbound.ways import Way, ways_to

MANY_TARGETS = 20
MANY_BUSINESSES = 100


@dataclass(frozen=True)
class Settling:
    """One held item as one person may settle it. `member` is set where he belongs to its business."""

    viewer: Viewer
    item: HeldItem
    member: Membership | None
    allowed: bool

    @property
    def attachments(self) -> list[Attachment]:
        """The files that are held with it."""
        return list(self.item.attachments.all())

    @property
    def readings(self) -> list[Reading]:
        """Who of the staff read it, the newest first."""
        return list(self.item.readings.order_by("-created_at")[:MANY_TARGETS])

    @property
    def may_send(self) -> bool:
        """Whether it is an answer that he may let go out."""
        is_sendable = self.item.is_answer and self.item.reason not in NEVER_SENT
        return self.allowed and self.member is not None and is_sendable

    @property
    def may_accept(self) -> bool:
        """Whether he may say that its address is the member's from now on."""
        return self.member is not None and not why_not(self.item, self.member)

    def ways(self) -> list[Way]:
        """The channels of the customer, for an answer."""
        return ways_to(self.item.message) if self.item.message else []

    def targets(self) -> list[CustomerMessage]:
        """The conversations it could belong to: the one it names, this writer's, then the newest."""
        if self.item.business_id is None:
            return []
        known = found_in(self.item.business_id).order_by(*NEWEST_FIRST)
        writers = known.filter(contact__in=self._writers(self.item.business_id))
        named = [self.item.message] if self.item.message else []
        found = [*named, *writers[:MANY_TARGETS], *known[:MANY_TARGETS]]
        return list(dict.fromkeys(found))[:MANY_TARGETS]

    def _writers(self, business_id: uuid.UUID) -> list[uuid.UUID]:
        address = normalize(self.item.channel, self.item.from_address)
        known = ContactAddress.objects.filter(
            business=business_id, channel__in=Channel.values, normalized=address
        )
        return list(known.values_list("contact", flat=True)[:MANY_TARGETS])

    def businesses(self) -> list[Business]:
        """For whom staff may file what names no business."""
        return [] if self.item.business_id else list(Business.objects.all()[:MANY_BUSINESSES])

    def business(self, slug: str) -> Business:
        """The business it is filed for. Raises NotForYou when none is named."""
        if self.item.business is not None:
            return self.item.business
        named = Business.objects.filter(slug=slug.strip().lower()).first()
        if named is None:
            raise NotForYou(
                f"There is no business {slug!r}. Write the part before @ of its address."
            )
        return named

    def target(self, business: Business, pk: str) -> CustomerMessage | None:
        """The conversation that was chosen, None for a new one. Raises NotForYou when there is none."""
        if not pk:
            return None
        try:
            found = CustomerMessage.objects.filter(
                pk=uuid.UUID(pk), business=business, deleted_at=None
            ).first()
        except (ValueError, ValidationError) as error:
            raise NotForYou("Choose one of the conversations, or a new one.") from error
        if found is None:
            raise NotForYou("That conversation is gone. Choose another, or a new one.")
        return found


def settling_of(viewer: Viewer, item: HeldItem) -> Settling:
    """What this person may do: a member who may answer, or staff where there is no business."""
    member = viewer.members.get(item.business_id) if item.business_id else None
    allowed = member.may_answer if member else item.business_id is None
    return Settling(viewer, item, member, allowed)
