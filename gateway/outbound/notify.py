"""Tells the owner: one mail for each message of a customer, which can be answered."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.models import CustomerMessage, Dispatch, Membership, MessageReply
from gateway.outbound.render_mail import mail_to_member
from gateway.participants import email_of, member_of, message_id_of, to_notify

# Two machines that answer each other make thousands an hour, a person who sends an album some dozens.
# What comes beyond is filed and counted as ever.
MOST_NOTICES = 60
BRAKE_TIME = timedelta(hours=1)
log = logging.getLogger(__name__)


def notify_members(message: CustomerMessage, reply: MessageReply | None) -> None:
    """Puts a notification in the outbox for everybody who is to be told; in the caller's transaction.

    Nobody is told of a customer who writes faster than people do.
    """
    if _is_racing(message):
        log.warning("Contact %s writes very fast: nobody is told for now", message.contact_id)
        return
    for member in to_notify(message):
        if email_of(member.user):
            _notify(message, reply, member)


def _is_racing(message: CustomerMessage) -> bool:
    told = Dispatch.objects.filter(
        message__contact=message.contact_id,
        participant__membership__isnull=False,
        created_at__gte=timezone.now() - BRAKE_TIME,
    )
    return told[:MOST_NOTICES].count() == MOST_NOTICES


def _notify(message: CustomerMessage, reply: MessageReply | None, member: Membership) -> None:
    participant = member_of(message, member)
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
