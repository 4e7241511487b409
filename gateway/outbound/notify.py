"""Tells the owner: one mail for each message of a customer, which can be answered."""

from __future__ import annotations

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.state import OnDoubt
from gateway.models import (
    Attachment,
    CustomerMessage,
    Dispatch,
    HeldItem,
    Membership,
    MessageReply,
    Participant,
)
from gateway.outbound.brakes import hold_back, holding
from gateway.outbound.render_mail import for_member, mail_on_held, mail_to_members
from gateway.outbound.ways import Way
from gateway.participants import email_of, member_of, message_id_of, verified_email_of
from gateway.people import People


def whom_to_tell(
    message: CustomerMessage,
    reply: MessageReply | None,
    people: People,
    prompt: str,
    is_stranger: bool = False,
) -> list[Membership]:
    """Who of a business's people gets a notification of what a customer wrote.

    Nobody at once while a brake holds. `prompt` is what `prompted_by` says; of a stranger on a
    number of ours nobody was told before.
    """
    members = [member for member in people.to_notify(message) if email_of(member.user)]
    brake = holding(message, members[0], prompt) if members and not is_stranger else None
    if brake is None:
        return members
    hold_back(message, reply, brake, prompt)
    return []


def notify_members(
    message: CustomerMessage,
    reply: MessageReply | None,
    sides: list[Participant],
    attachments: list[Attachment],
    prompt: str,
    way_back: Way | None = None,
) -> None:
    """Puts a notification in the outbox for each of these members' sides; in the transaction that filed it.

    Without a reply it is of a conversation that was just made. `way_back` is how the customer can be
    reached, where that is known already.
    """
    mail = mail_to_members(message, reply, attachments, way_back)
    Dispatch.objects.bulk_create(_notify(message, reply, side, mail, prompt) for side in sides)


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


def _notify(
    message: CustomerMessage,
    reply: MessageReply | None,
    side: Participant,
    mail: Rendered,
    prompt: str,
) -> Dispatch:
    own_id = message_id_of(side)
    member = side.membership
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=email_of(member.user) if member else "",
        rendered=for_member(mail, side, own_id, is_first=reply is None),
        purpose="notification",
        lane=f"{message.pk}:{side.membership_id}",
        on_doubt=OnDoubt.RESEND,
        message_id=own_id,
    )
    return Dispatch(
        delivery=delivery, message=message, reply=reply, participant=side, prompted_by=prompt
    )
