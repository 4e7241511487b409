"""A notification of one conversation that tells several messages at once: each whole, and answered as any other."""

from __future__ import annotations

from datetime import datetime

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.copies import addresses_on_copy
from gateway.models import Attachment, Dispatch, Membership
from gateway.outbound.actions_in_mail import with_actions
from gateway.outbound.render_mail import for_member, mail_to_members
from gateway.outbound.ways import reach_of
from gateway.participants import email_of, member_of, message_id_of
from gateway.telling.render import Said


def mail_of_one(
    member: Membership,
    said: list[Said],
    lane: str,
    waits_since: datetime | None = None,
    left_out: int = 0,
) -> Delivery:
    """Puts it in the outbox, in its conversation's thread, in the language that is spoken now.

    Its buttons are those of the newest message. With `waits_since` it says since when the customer waits, and
    that so many more (`left_out`) stand between the first and the others.
    """
    *before, newest = said
    message = newest.message
    side = member_of(message, member)
    own_id = message_id_of(side)
    reach, copied = reach_of(message), addresses_on_copy(message)
    files = _files(said)
    mail = mail_to_members(
        message, newest.reply, files, reach, before, copied, waits_since, left_out
    )
    rendered = for_member(mail, side, own_id, reach, is_first=False)
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=email_of(member.user),
        rendered=with_actions(rendered, message, newest.written.pk, side),
        purpose="notification",
        lane=lane,
        on_doubt=OnDoubt.RESEND,
        message_id=own_id,
    )
    dispatch(delivery, member, newest)
    return delivery


def dispatch(delivery: Delivery, member: Membership, newest: Said) -> None:
    """Links what tells a member of some messages to the newest of them."""
    Dispatch.objects.create(
        delivery=delivery,
        message=newest.message,
        reply=newest.reply,
        participant=member_of(newest.message, member),
    )


def _files(said: list[Said]) -> list[Attachment]:
    return [file for each in said for file in each.written.attachments.all()]
