"""A member whose own mail comes back: his address is marked, and others are told in his place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.addresses import normalize
from gateway.models import MemberAddress, Membership
from gateway.outbound.render_news import mail_of_unreachable
from gateway.participants import email_of
from gateway.people import people_of

# What goes to members and never to a customer.
TO_MEMBERS = ("notification", "welcome")


def members_mail_came_back(
    sender: Any, delivery: Delivery, address: str, reason: str, **_: Any
) -> None:
    """Receives `address_bounced`, inside the transaction that recorded it.

    Only what a report says: a server that refuses us at the door may refuse everything of ours. It
    marks no conversation, since the customer's words arrived.
    """
    if delivery.purpose in TO_MEMBERS:
        _mark(normalize(Channel.EMAIL, address), reason, timezone.now())


def unreachable_at(user: Any) -> MemberAddress | None:
    """The person's own address, where mail to it came back and nobody said since that it works again."""
    own = MemberAddress.objects.filter(
        user=user, channel=Channel.EMAIL, address=normalize(Channel.EMAIL, email_of(user))
    )
    return own.filter(bounced_at__isnull=False).first()


def works_again(address: MemberAddress) -> None:
    """From now on mail goes there again."""
    MemberAddress.objects.filter(pk=address.pk).update(bounced_at=None, bounced_because="")


def _mark(address: str, reason: str, now: datetime) -> None:
    """Only the first time tells anybody, so that a notice that comes back itself ends there."""
    for user in _users_at(address):
        row, _ = MemberAddress.objects.get_or_create(
            user=user, channel=Channel.EMAIL, address=address
        )
        unmarked = MemberAddress.objects.filter(pk=row.pk, bounced_at=None)
        if unmarked.update(bounced_at=now, bounced_because=reason[:255]):
            for member in user.gateway_memberships.filter(is_active=True):
                _tell_others(member, reason)


def _users_at(address: str) -> list[Any]:
    users = get_user_model()._default_manager
    shown = Q(
        gateway_addresses__address=address,
        gateway_addresses__channel=Channel.EMAIL,
        gateway_addresses__verified_at__isnull=False,
    )
    own = Q(**{f"{get_user_model().get_email_field_name()}__iexact": address})
    members = users.filter(shown | own, gateway_memberships__is_active=True)
    return list(members.distinct().order_by("pk"))


def _tell_others(member: Membership, reason: str) -> None:
    """Those who are told in his place."""
    for other in people_of(member.business).who_answer():
        if address := email_of(other.user):
            enqueue(
                channel=Channel.EMAIL,
                to_address=address,
                rendered=mail_of_unreachable(member, reason),
                purpose="notification",
                lane=f"unreachable:{member.pk}:{other.pk}",
                on_doubt=OnDoubt.RESEND,
            )
