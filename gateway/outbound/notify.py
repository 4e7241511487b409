"""Tells the owner: one mail for each message of a customer, which can be answered."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.models import (
    CustomerMessage,
    Dispatch,
    HeldItem,
    Membership,
    MessageReply,
    Participant,
)
from gateway.outbound.render_mail import mail_on_held, mail_to_member
from gateway.participants import (
    email_of,
    member_of,
    members_of,
    message_id_of,
    to_notify,
    verified_email_of,
)

# Two machines that answer each other make thousands an hour, a person who sends an album some dozens.
# What comes beyond is filed and counted as ever.
MOST_NOTICES = 60
BRAKE_TIME = timedelta(hours=1)
log = logging.getLogger(__name__)


def notify_members(message: CustomerMessage, reply: MessageReply | None) -> None:
    """Puts a notification in the outbox for everybody who is to be told; in the transaction that filed it.

    Nobody is told of a customer who writes faster than people do.
    """
    if _is_racing(message):
        log.warning("Contact %s writes very fast: nobody is told for now", message.contact_id)
        return
    members = [member for member in to_notify(message) if email_of(member.user)]
    for member, side in zip(members, members_of(message, members), strict=True):
        _notify(message, reply, member, side)


def tell_writer(held: HeldItem, message: CustomerMessage, member: Membership) -> None:
    """Tells a member that his answer waits and why, once a day for one reason; in the caller's transaction.

    Only at an address that he has shown to be his: the one it came from may be anybody's.
    """
    address = verified_email_of(member.user)
    if not address or _was_told(held):
        return
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=address,
        rendered=mail_on_held(held, message),
        purpose="notification",
        lane=f"{message.pk}:{member.pk}",
        on_doubt=OnDoubt.RESEND,
    )
    Dispatch.objects.create(
        delivery=delivery, message=message, participant=member_of(message, member)
    )


def _was_told(held: HeldItem) -> bool:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    same = HeldItem.objects.filter(
        message=held.message_id,
        membership=held.membership_id,
        reason=held.reason,
        created_at__gte=today,
    )
    return same.exclude(pk=held.pk).exists()


def _is_racing(message: CustomerMessage) -> bool:
    told = Dispatch.objects.filter(
        message__contact=message.contact_id,
        participant__membership__isnull=False,
        created_at__gte=timezone.now() - BRAKE_TIME,
    )
    return told[:MOST_NOTICES].count() == MOST_NOTICES


def _notify(
    message: CustomerMessage,
    reply: MessageReply | None,
    member: Membership,
    participant: Participant,
) -> None:
    own_id = message_id_of(participant)
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=email_of(member.user),
        rendered=mail_to_member(message, reply, participant, own_id),
        purpose="notification",
        lane=f"{message.pk}:{member.pk}",
        on_doubt=OnDoubt.RESEND,
        message_id=own_id,
    )
    Dispatch.objects.create(
        delivery=delivery, message=message, reply=reply, participant=participant
    )
