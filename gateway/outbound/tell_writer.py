"""Tells whoever wrote an answer what became of it."""

from __future__ import annotations

from collections.abc import Callable

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.state import OnDoubt
from gateway.models import Dispatch, Membership, MessageReply
from gateway.participants import email_of, member_of
from gateway.people import gets_mail, people_of


def tell_writer_of(reply: MessageReply, mail_to: Callable[[Membership], Rendered]) -> bool:
    """Sends a mail to its writer, else to whoever is told of the customer; whether there was somebody to tell.

    In the caller's transaction.
    """
    told = [member for member in _concerned(reply) if email_of(member.user)]
    for member in told:
        side = member_of(reply.message, member)
        delivery = enqueue(
            channel=Channel.EMAIL,
            to_address=email_of(member.user),
            rendered=mail_to(member),
            purpose="notification",
            lane=f"{reply.message_id}:{member.pk}",
            on_doubt=OnDoubt.RESEND,
        )
        Dispatch.objects.create(delivery=delivery, message=reply.message, participant=side)
    return bool(told)


def _concerned(reply: MessageReply) -> list[Membership]:
    people = people_of(reply.message.business)
    writer = [
        member
        for member in people.members
        if member.may_answer
        and gets_mail(member)
        and reply.sender_id
        and member.user_id == reply.sender_id
    ]
    return writer or people.to_notify(reply.message)
