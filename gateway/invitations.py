"""An owner invites somebody by mail; whoever opens the link in it becomes a member, and its address is then his."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.addresses import is_email, is_ours, normalize
from gateway.languages import language_here
from gateway.members import called, locked
from gateway.models import Invitation, MemberAddress, Membership, Role
from gateway.models.base import new_id
from gateway.outbound.render_news import mail_of_invitation
from gateway.participants import email_of, name_of, verify
from gateway.states import inbox_changed
from gateway.tokens import Purpose, derive, hash_of
from gateway.welcome import welcome

LIVES = timedelta(days=14)
MOST_A_DAY = 20  # mails of one business to strangers: a stolen account must not become a mail bomb
FIRST = 1  # an invitation has one token; sent again it is another invitation


class CannotInvite(Exception):
    """Why this address cannot be invited."""


class InvitationEnded(Exception):
    """The invitation was accepted, withdrawn, sent again, or is too old."""


def open_invitations(businesses: Iterable[uuid.UUID]) -> QuerySet[Invitation]:
    """The invitations of these businesses nobody has accepted, those that are too old among them."""
    waiting = Invitation.objects.filter(business__in=businesses, ended_at=None)
    return waiting.select_related("delivery").order_by("created_at", "id")


@transaction.atomic
def invite(inviter: Membership, address: str, role: Role) -> Invitation:
    """Sends an invitation; an earlier one to the same address ends. Raises CannotInvite.

    `inviter` is an owner.
    """
    members = locked(inviter.business_id)
    if all(each.pk != inviter.pk or each.role != Role.OWNER for each in members):
        raise CannotInvite(_("Only an owner invites people."))
    address = _checked(address, members)
    sent = Invitation.objects.filter(business=inviter.business_id)
    if sent.filter(created_at__gt=timezone.now() - timedelta(days=1)).count() >= MOST_A_DAY:
        raise CannotInvite(
            _("%(count)s invitations were sent today. Send more tomorrow.") % {"count": MOST_A_DAY}
        )
    sent.filter(address=address, ended_at=None).update(ended_at=timezone.now())
    return _send(inviter, address, role)


def withdraw(invitation: Invitation) -> None:
    """Ends an invitation; its link opens nothing any more."""
    Invitation.objects.filter(pk=invitation.pk, ended_at=None).update(ended_at=timezone.now())


def find(token: str) -> Invitation | None:
    """The invitation with this link, ended or not."""
    found = Invitation.objects.select_related("business").filter(token_hash=hash_of(token))
    return found.first()


def is_known(address: str) -> bool:
    """Whether somebody signs in with this address."""
    users = get_user_model()._default_manager
    field = get_user_model().get_email_field_name()
    return users.filter(**{f"{field}__iexact": address}).exists()


@transaction.atomic
def accept(pk: uuid.UUID, user: Any) -> Membership:
    """The person becomes a member. Raises InvitationEnded."""
    return join(opened(pk), user)


def opened(pk: uuid.UUID) -> Invitation:
    """An open invitation, locked until the caller's transaction ends. Raises InvitationEnded."""
    invitations = Invitation.objects.select_for_update(of=("self",), no_key=True)
    invitation = invitations.select_related("business").get(pk=pk)
    if not invitation.is_open:
        raise InvitationEnded
    return invitation


def join(invitation: Invitation, user: Any) -> Membership:
    """The person becomes a member by an invitation that is locked, and its address is verified as his.

    Who has access already keeps his role.
    """
    invitation.ended_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["ended_at", "accepted_by"])
    member, is_new = Membership.objects.get_or_create(
        business=invitation.business,
        user=user,
        defaults={"role": invitation.role, "language": language_here()},
    )
    if not (is_new or member.is_active):
        member.role, member.is_active = invitation.role, True
        member.save(update_fields=["role", "is_active"])
    verify(user, invitation.address)
    welcome(member)
    inbox_changed(invitation.business_id)
    return member


def _checked(address: str, members: list[Membership]) -> str:
    address = normalize(Channel.EMAIL, address)
    if not is_email(address) or is_ours(address):
        raise CannotInvite(_("Write the mail address of one person, such as ben@example.com."))
    shown = MemberAddress.objects.filter(
        channel=Channel.EMAIL, address=address, verified_at__isnull=False
    )
    theirs = set(shown.values_list("user", flat=True))
    for member in members:
        if member.user_id in theirs or normalize(Channel.EMAIL, email_of(member.user)) == address:
            raise CannotInvite(_("%(name)s belongs to it already.") % {"name": called(member.user)})
    return address


def _send(inviter: Membership, address: str, role: Role) -> Invitation:
    pk = new_id()
    token = derive(Purpose.INVITATION, pk, FIRST)
    expires_at = timezone.now() + LIVES
    name = name_of(inviter.user) or _("The owner")  # a stranger may get it: no private address
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=address,
        rendered=mail_of_invitation(inviter, name, token, expires_at),
        purpose="invitation",
        lane=f"invitation:{pk}",
        on_doubt=OnDoubt.RESEND,
    )
    return Invitation.objects.create(
        id=pk,
        business=inviter.business,
        address=address,
        role=role,
        invited_by=inviter.user,
        invited_by_name=name[:255],
        token_hash=hash_of(token),
        delivery=delivery,
        expires_at=expires_at,
    )
