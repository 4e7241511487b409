"""What one person can do with one held item, and where it could be filed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from gateway.accept import why_not
from gateway.addresses import normalize
from gateway.dashboard.access import Viewer
from gateway.dashboard.targets import Targets, targets_of
from gateway.held import NotForYou, may_pass_on, may_settle
from gateway.inbound.member_texts import told_lately
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
from gateway.refusal import why_not_told

MANY_TARGETS = 20
MANY_BUSINESSES = 100


@dataclass(frozen=True)
class Settling:
    """One held item as one person may settle it. `member` is set where he belongs to its business.

    `q` is what he looks for among the conversations.
    """

    viewer: Viewer
    item: HeldItem
    member: Membership | None
    allowed: bool
    q: str = ""

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
        return self.allowed and self.item.is_answer and not self.why_not_sent

    @property
    def why_not_sent(self) -> str:
        """Why a member's answer cannot be sent from here, or nothing where it can."""
        if self.item.reason in NEVER_SENT:
            return _("Nothing is left of this answer to send; write it in the conversation.")
        return "" if self.member else _("Only a member of the business can send an answer.")

    @property
    def may_begin(self) -> bool:
        """Whether a member's mail to a customers' address may begin a conversation, as anybody's."""
        return self.allowed and self.item.is_members and self.item.channel == Channel.EMAIL

    @property
    def may_pass_on(self) -> bool:
        """Whether he may say that it is for another business."""
        return may_pass_on(self.item, self.viewer.user)

    @property
    def may_accept(self) -> bool:
        """Whether he may say that its address is the member's from now on."""
        return self.member is not None and not why_not(self.item, self.member)

    @property
    def why_not_told(self) -> str:
        """Why its writer cannot be told that it is refused, or nothing where he can."""
        return why_not_told([self.item])[self.item.pk]

    def ways(self) -> list[Way]:
        """The channels of the customer, for an answer."""
        return ways_to(self.item.message) if self.item.message else []

    @property
    def targets(self) -> Targets | None:
        """The conversations it could belong to: the one it names, and this writer's or, of a member's, those
        that he was texted about lately, first. None for who belongs to no business of it.
        """
        if self.member is None:
            return None
        business_id = self.member.business_id
        if self.item.membership is None:
            likely = Q(contact__in=self._writers(business_id))
        else:
            told = told_lately([self.item.membership], self.item.created_at)
            likely = Q(pk__in=told.order_by().values("message"))
        return targets_of(business_id, self.q, Q(pk=self.item.message_id) | likely)

    @property
    def targets_to_send(self) -> Targets | None:
        """As `targets`, for a member's answer that names no conversation; None where it names one."""
        return None if self.item.message_id else self.targets

    def _writers(self, business_id: uuid.UUID) -> QuerySet[ContactAddress, Any]:
        known = ContactAddress.objects.filter(
            business=business_id,
            channel__in=Channel.values,
            normalized=normalize(self.item.channel, self.item.from_address),
        )
        return known.values("contact")

    def businesses(self) -> list[Business]:
        """For whom staff may file what names no business."""
        return [] if self.item.business_id else list(Business.objects.all()[:MANY_BUSINESSES])

    def business(self, slug: str) -> Business:
        """The business it is filed for, its own where no other may be named. Raises NotForYou when none is."""
        own = self.item.business
        if own is not None and not (slug and self.may_pass_on):
            return own
        named = Business.objects.filter(slug=slug.strip().lower()).first()
        if named is None:
            words = _("There is no business “%(slug)s”. Write the part before @ of its address.")
            raise NotForYou(words % {"slug": slug})
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
            raise NotForYou(_("Choose one of the conversations, or a new one.")) from error
        if found is None:
            raise NotForYou(_("That conversation is gone. Choose another, or a new one."))
        return found


def settling_of(viewer: Viewer, item: HeldItem, q: str = "") -> Settling:
    """What this person may do: a member who may answer, or staff where there is none.

    `q` is what he looks for among the conversations.
    """
    member = viewer.members.get(item.business_id) if item.business_id else None
    return Settling(viewer, item, member, may_settle(item, viewer.user), q)
