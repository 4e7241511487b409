"""Tells one member of what is no message of a customer: something is held, an answer failed, much was written."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.state import OnDoubt
from gateway.models import Event, Membership, Telling
from gateway.participants import email_of
from gateway.telling.choices import channels_for, wishes_of
from gateway.telling.clock import quiet_until
from gateway.telling.texts import text_to

# The customer believes that he was answered, or waits for nothing: that does not wait for the morning.
URGENT = (Event.FAILED,)


def tell(member: Membership, event: Event, mail: Rendered, words: str, lane: str) -> list[Delivery]:
    """Puts the mail and the text that he chose for this event in the outbox; in the caller's transaction.

    In quiet hours they wait there for the end of these, unless it is urgent.
    """
    due_at = None if event in URGENT else asleep_until(member)
    by_mail, line = channels_for(member, event)
    told = []
    if by_mail:
        told.append(mail_to(member, mail, lane, due_at, event))
    if line and (text := text_to(member, line, words, lane, due_at)):
        stand_by(text, member, None if by_mail else mail, event)
        told.append(text)
    return told


def asleep_until(member: Membership) -> datetime | None:
    """When his quiet hours end; None where he may be told now."""
    return quiet_until(wishes_of(member), timezone.now())


def mail_to(
    member: Membership, mail: Rendered, lane: str, due_at: datetime | None = None, event: str = ""
) -> Delivery:
    """Puts a mail to a member in the outbox, of no customer's message; taken back if he loses access before it goes."""
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=email_of(member.user),
        rendered=mail,
        purpose="notification",
        lane=lane[:100],
        on_doubt=OnDoubt.RESEND,
        due_at=due_at,
    )
    Telling.objects.create(delivery=delivery, membership=member, event=event)
    return delivery


def stand_by(text: Delivery, member: Membership, mail: Rendered | None, event: str = "") -> None:
    """Tells a member by this mail, where there is one, if the text does not arrive."""
    payload = mail.to_payload() if mail else None
    Telling.objects.create(delivery=text, membership=member, event=event, mail=payload)
