"""Who belongs to a business, and with which role: changed one at a time, so that an owner is always left."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.models import AuthToken

from channels_out.channel import Channel
from gateway.models import Invitation, MemberAddress, Membership, Role
from gateway.participants import email_of, name_of
from gateway.states import inbox_changed
from gateway.telling.anew import take_back

# The addresses a member has shown to be his are read into this attribute of his user.
SHOWN_ADDRESSES = "shown_addresses"


class LastOwner(Exception):
    """He is the only owner that is left; somebody else has to become one first."""

    def __init__(self) -> None:
        super().__init__(_("A business needs an owner. Make somebody else an owner first."))


def members_of(businesses: Iterable[uuid.UUID]) -> list[Membership]:
    """Who has access to these businesses, in the order in which they came, each with his verified addresses."""
    shown = MemberAddress.objects.filter(channel=Channel.EMAIL, verified_at__isnull=False)
    members = Membership.objects.filter(business__in=businesses, is_active=True)
    members = members.filter(user__is_active=True).select_related("user", "business")
    members = members.order_by("created_at", "id")
    addresses = Prefetch("user__gateway_addresses", shown.order_by("verified_at"), SHOWN_ADDRESSES)
    return list(members.prefetch_related(addresses))


def called(user: Any) -> str:
    """What colleagues call a person: his name, else his address."""
    return name_of(user) or email_of(user) or str(user)


@transaction.atomic
def change_role(business_id: uuid.UUID, pk: uuid.UUID, role: Role) -> Membership:
    """Gives a member another role. Raises LastOwner, and Membership.DoesNotExist where he has no access."""
    members = locked(business_id)
    member = _one_of(members, pk)
    if role != Role.OWNER:
        _check_that_another_owns(members, member)
    member.role = role
    member.save(update_fields=["role"])
    if role != Role.OWNER:
        _end_invitations(member)
    if not member.may_answer:
        take_back(member)
    inbox_changed(business_id)
    return member


@transaction.atomic
def remove(business_id: uuid.UUID, pk: uuid.UUID) -> Membership:
    """Ends a member's access at once: each page and each mail of his asks for it anew.

    What he was to be told goes to those who answer in his place. With his last business his access tokens
    end as well, and with an owner the invitations that he sent.
    Raises LastOwner, and Membership.DoesNotExist where he has no access.
    """
    members = locked(business_id)
    member = _one_of(members, pk)
    _check_that_another_owns(members, member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    _end_invitations(member)
    take_back(member)
    if not Membership.objects.filter(user=member.user_id, is_active=True).exists():
        AuthToken.objects.filter(user=member.user_id).delete()
    inbox_changed(business_id)
    return member


def locked(business_id: uuid.UUID) -> list[Membership]:
    """Who has access to a business, locked: of two who change it at once the second sees what the first did."""
    members = Membership.objects.select_for_update(of=("self",), no_key=True)
    members = members.filter(business=business_id, is_active=True, user__is_active=True)
    return list(members.select_related("user", "business").order_by("pk"))


def _one_of(members: list[Membership], pk: uuid.UUID) -> Membership:
    found = next((member for member in members if member.pk == pk), None)
    if found is None:
        raise Membership.DoesNotExist
    return found


def _check_that_another_owns(members: list[Membership], member: Membership) -> None:
    if all(other.role != Role.OWNER or other.pk == member.pk for other in members):
        raise LastOwner


def _end_invitations(member: Membership) -> None:
    """Who decides for the business no more has invited nobody."""
    sent = Invitation.objects.filter(business=member.business_id, invited_by=member.user_id)
    sent.filter(ended_at=None).update(ended_at=timezone.now())
