"""The people of a business: who has access now, who of them wrote, and who is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from channels_out.channel import Channel
from channels_out.models import Suppression
from channels_out.suppression import EMAIL_SCOPE
from gateway.addresses import normalize
from gateway.models import (
    Business,
    CustomerMessage,
    Event,
    MemberAddress,
    Membership,
    NotificationSettings,
    Role,
)
from gateway.participants import email_of
from gateway.telling.texts import line_to

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
        may = self._may_answer
        return _owners([member for member in may if gets_mail(member)] or may)

    def to_notify(self, message: CustomerMessage, *, is_new: bool = False) -> list[Membership]:
        """Who is told of a customer's message: who has it, else its recipient, else as `who_answer`.

        Who ended his digest and gets no text of it is passed over while anybody else is left. `is_new` says that
        it opened the conversation.
        """
        event = Event.NEW if is_new else Event.NEXT
        told = [member for member in self._may_answer if _is_told(member, event)]
        return (
            [member for member in told if member.user_id == message.assigned_to_id]
            or [member for member in told if member.user_id == message.recipient_id]
            or _owners(told or self._may_answer)
        )

    @property
    def _may_answer(self) -> list[Membership]:
        return [member for member in self.members if member.may_answer]


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


def has_ended_digest(wishes: NotificationSettings) -> bool:
    """Whether he ended his digest, so that no mail tells him of customers."""
    return wishes.digest_at is not None and wishes.digest_stopped_at is not None


def _is_told(member: Membership, event: Event) -> bool:
    """Whether mail can tell him of this, or after the end of his digest a text, where he chose that."""
    wishes: NotificationSettings | None = getattr(member, "notifications", None)
    if wishes is None or not has_ended_digest(wishes) or not gets_mail(member):
        return gets_mail(member)
    return event in wishes.sms and line_to(member, wishes) is not None


def _owners(members: list[Membership]) -> list[Membership]:
    """The owners among these, else all."""
    return [member for member in members if member.role == Role.OWNER] or members
