"""The people of a business: who has access now, who of them wrote, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from channels_out.channel import Channel
from channels_out.models import Suppression
from channels_out.suppression import EMAIL_SCOPE
from gateway.addresses import normalize
from gateway.models import Business, CustomerMessage, MemberAddress, Membership, Role
from gateway.participants import email_of

# Memberships of those who may not answer any more, or never might.
LOST = Q(is_active=False) | Q(role=Role.AGENT) | Q(user__is_active=False)


@dataclass(frozen=True)
class People:
    """Who has access to a business, in the order in which they came.

    Asked for once for each message, in the transaction that files it, and kept no longer.
    """

    members: tuple[Membership, ...]

    @property
    def first_owner(self) -> Membership | None:
        """The owner who came first."""
        return next((member for member in self.members if member.role == Role.OWNER), None)

    def same(self, member: Membership) -> Membership | None:
        """This member as one of them, so that `gets_mail` knows of him; None who has no access any more."""
        return next((each for each in self.members if each.pk == member.pk), None)

    def who_answer(self) -> list[Membership]:
        """Its owners, else all who may answer: whoever is told what is about no conversation.

        Nobody without an address, whose mail comes back or who called it spam, while anybody else is left;
        else they may still be texted to.
        """
        may = [member for member in self.members if member.may_answer]
        answering = [member for member in may if gets_mail(member)] or may
        return [member for member in answering if member.role == Role.OWNER] or answering

    def to_notify(self, message: CustomerMessage) -> list[Membership]:
        """Who is told of a customer's message: who has it, else its recipient, else as `who_answer`."""
        return (
            self._answering(message.assigned_to_id)
            or self._answering(message.recipient_id)
            or self.who_answer()
        )

    def _answering(self, user_id: Any) -> list[Membership]:
        """This person, where he may answer and mail to him arrives."""
        return [
            member
            for member in self.members
            if member.may_answer and member.user_id == user_id and gets_mail(member)
        ]


def people_of(business: Business) -> People:
    """The people of a business, each with his user."""
    return People(tuple(_with_access(business)))


def people_and_writer(
    business: Business, channel: str, address: str
) -> tuple[People, Membership | None]:
    """The people of a business, and the one of them who has shown that this address is his own."""
    shown = MemberAddress.objects.filter(
        user=OuterRef("user"),
        channel=channel,
        address=normalize(channel, address),
        verified_at__isnull=False,
    )
    members = tuple(_with_access(business).annotate(has_shown=Exists(shown)))
    return People(members), next((member for member in members if member.has_shown), None)


def member_with(business: Business, channel: str, address: str) -> Membership | None:
    """The member of this business who has shown that this address is his own."""
    return people_and_writer(business, channel, address)[1]


def _with_access(business: Business) -> QuerySet[Membership]:
    members = business.memberships.filter(is_active=True, user__is_active=True)
    comes_back = MemberAddress.objects.filter(
        user=OuterRef("user"),
        channel=Channel.EMAIL,
        bounced_at__isnull=False,
    )
    newest = comes_back.order_by("-bounced_at").values("address")[:1]
    unwanted = Suppression.objects.filter(
        channel=Channel.EMAIL,
        scope=EMAIL_SCOPE,
        address=Lower(OuterRef(f"user__{get_user_model().get_email_field_name()}")),
        lifted_at=None,
    )
    told = members.annotate(comes_back_from=Subquery(newest), wants_no_mail=Exists(unwanted))
    return told.select_related("user", "notifications").order_by("created_at", "id")


def gets_mail(member: Membership) -> bool:
    """Whether one of `people_of` has an address to which mail arrives and is wanted; another of his may come back."""
    address = email_of(member.user)
    if not address or getattr(member, "wants_no_mail", False):
        return False
    gone = getattr(member, "comes_back_from", None)
    return gone is None or gone != normalize(Channel.EMAIL, address)
