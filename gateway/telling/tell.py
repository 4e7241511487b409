"""Tells one member of what is no message of a customer: something is held, an answer failed, much was written."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.models import Dispatch, Event, Membership, Telling
from gateway.participants import member_of
from gateway.telling.choices import channels_for, spoken_to, wishes_of
from gateway.telling.clock import quiet_until
from gateway.telling.matter import Matter, News, row_of
from gateway.telling.texts import Line, text_to

# The customer believes that he was answered, or waits for nothing: that does not wait for the morning.
URGENT = (Event.FAILED,)


def tell(member: Membership, news: News, lane: str) -> list[Delivery]:
    """Puts the mail and the text that he chose for this in the outbox; in the caller's transaction.

    In quiet hours they wait there for the end of these, unless it is urgent.
    """
    by_mail, line = channels_for(member, news.event)
    told = []
    if by_mail:
        told.append(mail_to(member, news, lane))
    if line and (text := _text(member, line, news, lane)):
        stand_by(text, member, None if by_mail else news, news.event)
        told.append(text)
    return told


def asleep_until(member: Membership) -> datetime | None:
    """When his quiet hours end; None where he may be told now."""
    return quiet_until(wishes_of(member), timezone.now())


def mail_to(member: Membership, matter: Matter, lane: str) -> Delivery:
    """Puts a mail to a member in the outbox, written for him now; taken back if he loses access before it goes.

    What is about his own doing is not.
    """
    with spoken_to(member):
        mail = matter.mail(member)
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=matter.address(member),
        rendered=mail,
        purpose="notification",
        lane=lane[:100],
        on_doubt=OnDoubt.RESEND,
        due_at=_due_at(member, matter),
    )
    if not matter.is_own:
        _note(delivery, member, matter, matter.event)
    _link(delivery, member, matter)
    return delivery


def stand_by(text: Delivery, member: Membership, matter: Matter | None, event: str = "") -> None:
    """Tells a member by mail, where it is to (`matter`), if the text does not arrive."""
    _note(text, member, matter, event)


def _text(member: Membership, line: Line, news: News, lane: str) -> Delivery | None:
    with spoken_to(member):
        words = news.words(member)
    text = text_to(member, line, words, lane, _due_at(member, news))
    if text:
        _link(text, member, news)
    return text


def _due_at(member: Membership, matter: Matter) -> datetime | None:
    return None if matter.is_own or matter.event in URGENT else asleep_until(member)


def _note(delivery: Delivery, member: Membership, matter: Matter | None, event: str) -> None:
    kept = row_of(matter) if matter else None
    Telling.objects.create(delivery=delivery, membership=member, event=event, about=kept)


def _link(delivery: Delivery, member: Membership, matter: Matter) -> None:
    if about := matter.conversation():
        message, reply = about
        side = member_of(message, member)
        Dispatch.objects.create(delivery=delivery, message=message, reply=reply, participant=side)
