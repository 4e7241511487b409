"""Tells the owner: one mail for each message of a customer, which can be answered."""

from __future__ import annotations

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.models import CustomerMessage, Dispatch, Membership, MessageReply
from gateway.outbound.render_mail import mail_to_member
from gateway.participants import email_of, member_of, to_notify
from gateway.tokens import message_id


def notify_members(message: CustomerMessage, reply: MessageReply | None) -> None:
    """Puts a notification in the outbox for everybody who is to be told; in the caller's transaction."""
    for member in to_notify(message):
        if email_of(member.user):
            _notify(message, reply, member)


def _notify(message: CustomerMessage, reply: MessageReply | None, member: Membership) -> None:
    participant = member_of(message, member)
    own_id = message_id(participant.pk)
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
