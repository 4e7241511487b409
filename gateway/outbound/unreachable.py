"""A member whose own mail comes back: his address is marked, and others are told in his place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import enqueue
from channels_out.signals import Change
from channels_out.state import OnDoubt, State
from gateway.addresses import normalize
from gateway.models import MemberAddress, Membership
from gateway.outbound.render_news import mail_of_unreachable
from gateway.participants import email_of
from gateway.people import people_of

# What goes to members and never to a customer.
TO_MEMBERS = ("notification", "welcome")


def members_mail_moved(sender: Any, changes: list[Change], **_: Any) -> None:
    """Receives `deliveries_changed`, inside the transaction that recorded them.

    Refused at once or come back later, both say that the mailbox is not there. It marks no
    conversation: the customer's words arrived.
    """
    gone = {
        change.delivery.to_address: change.delivery
        for change in changes
        if change.previous_state != State.FAILED and _is_gone(change.delivery)
    }
    for address in sorted(gone):
        _mark(normalize(Channel.EMAIL, address), gone[address], timezone.now())


def unreachable_at(user: Any) -> MemberAddress | None:
    """The person's own address, where mail to it came back and nobody said since that it works again."""
    own = MemberAddress.objects.filter(
        user=user, channel=Channel.EMAIL, address=normalize(Channel.EMAIL, email_of(user))
    )
    return own.filter(bounced_at__isnull=False).first()


def works_again(address: MemberAddress) -> None:
    """From now on mail goes there again."""
    MemberAddress.objects.filter(pk=address.pk).update(bounced_at=None, bounced_because="")


def _is_gone(delivery: Delivery) -> bool:
    is_to_member = delivery.channel == Channel.EMAIL and delivery.purpose in TO_MEMBERS
    is_refused = delivery.state == State.FAILED and delivery.error_name == BadAddress.code
    return is_to_member and is_refused


def _mark(address: str, delivery: Delivery, now: datetime) -> None:
    """Only the first time tells anybody, so that a notice that comes back itself ends there."""
    for user in _users_at(address):
        row, _ = MemberAddress.objects.get_or_create(
            user=user, channel=Channel.EMAIL, address=address
        )
        unmarked = MemberAddress.objects.filter(pk=row.pk, bounced_at=None)
        if unmarked.update(bounced_at=now, bounced_because=delivery.reason[:255]):
            for member in user.gateway_memberships.filter(is_active=True):
                _tell_others(member, delivery.reason)


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
