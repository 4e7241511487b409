"""A member whose own mail comes back: his address is marked, and others are told in his place."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outgoing import Rendered
from gateway.addresses import normalize
from gateway.models import Dispatch, MemberAddress, Membership, Notice, Welcome
from gateway.outbound.render_news import mail_of_unreachable
from gateway.participants import email_of
from gateway.people import gets_mail, people_of
from gateway.telling.matter import MemberMatter
from gateway.telling.tell import mail_to

# What goes to members and never to a customer.
TO_MEMBERS = ("notification", "welcome")


class ComesBack(MemberMatter):
    """Mail to a member comes back, for a reason in the words of who sent it back."""

    kind = "comes_back"

    def mail(self, member: Membership) -> Rendered:
        """That he is told in his place."""
        return mail_of_unreachable(self.whose, self.why)


def members_mail_came_back(
    sender: Any, delivery: Delivery, address: str, reason: str, **_: Any
) -> None:
    """Receives `address_bounced`, inside the transaction that recorded it.

    Only what a report says: a server that refuses us at the door may refuse everything of ours. It
    marks no conversation, since the customer's words arrived.
    """
    if delivery.purpose in TO_MEMBERS:
        _mark(normalize(Channel.EMAIL, address), delivery, reason)


def unreachable_at(user: Any) -> MemberAddress | None:
    """The person's own address, where mail to it came back and nobody said since that it works again."""
    own = MemberAddress.objects.filter(
        user=user, channel=Channel.EMAIL, address=normalize(Channel.EMAIL, email_of(user))
    )
    return own.filter(bounced_at__isnull=False).first()


def works_again(address: MemberAddress) -> None:
    """From now on mail goes there again."""
    MemberAddress.objects.filter(pk=address.pk).update(bounced_at=None, bounced_because="")


def _mark(address: str, delivery: Delivery, reason: str) -> None:
    """Only the first time tells anybody, so that a notice that comes back itself ends there."""
    now = timezone.now()
    for user in _users_at(address, delivery):
        row, _ = MemberAddress.objects.get_or_create(
            user=user, channel=Channel.EMAIL, address=address
        )
        unmarked = MemberAddress.objects.filter(pk=row.pk, bounced_at=None)
        if unmarked.update(bounced_at=now, bounced_because=reason[:255]):
            for member in user.gateway_memberships.filter(is_active=True):
                _tell_others(member, reason)


def _users_at(address: str, delivery: Delivery) -> list[Any]:
    """Whose address it is: of those it was sent to, welcomed at, or who have shown that it is theirs."""
    sent_to = Dispatch.objects.filter(delivery=delivery).values("participant__membership")
    among_others = Notice.objects.filter(delivery=delivery).values("membership")
    welcomed = Welcome.objects.filter(address=address).values("membership")
    shown = MemberAddress.objects.filter(
        channel=Channel.EMAIL, address=address, verified_at__isnull=False
    )
    told = Q(pk__in=sent_to) | Q(pk__in=among_others) | Q(pk__in=welcomed)
    theirs = told | Q(user__in=shown.values("user"))
    members = Membership.objects.filter(theirs, is_active=True).select_related("user")
    users = {member.user_id: member.user for member in members}
    return [user for user in users.values() if normalize(Channel.EMAIL, email_of(user)) == address]


def _tell_others(member: Membership, reason: str) -> None:
    """Those who are told in his place."""
    for other in people_of(member.business).who_answer():
        if gets_mail(other):
            mail_to(other, ComesBack(member, reason), f"unreachable:{member.pk}:{other.pk}")
