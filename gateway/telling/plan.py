"""When each member is told of what a customer wrote: at once, or later and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from channels_out.channel import Channel
from gateway.models import (
    CustomerMessage,
    Direction,
    Dispatch,
    Event,
    Membership,
    MessageReply,
    Notice,
    NoticeKind,
    Participant,
)
from gateway.telling.choices import channels_for, has_digest, wishes_of
from gateway.telling.clock import next_digest, quiet_until
from gateway.telling.texts import Line

# What a customer writes so soon after a notification that nobody has looked at comes in one mail.
GATHER_FOR = timedelta(minutes=5)
Told = dict[tuple[UUID, str], datetime]


@dataclass(frozen=True)
class Step:
    """One member is told on one channel: at once, or of `kind` and `due_at`. `line` is for texts."""

    side: Participant
    member: Membership
    channel: Channel
    line: Line | None = None
    kind: NoticeKind | None = None
    due_at: datetime | None = None


def steps_for(
    message: CustomerMessage, reply: MessageReply | None, sides: Sequence[Participant]
) -> list[Step]:
    """How these members' sides of a conversation are told of what was just filed in it."""
    now = timezone.now()
    told = _told_lately(sides, now) if reply else {}
    event = Event.NEXT if reply else Event.NEW
    return [
        step
        for side in sides
        if side.membership
        for step in _steps(message, event, side, side.membership, told, now)
    ]


def notice_of(step: Step, message: CustomerMessage, reply: MessageReply | None) -> Notice:
    """What remains to be told of a step that is not taken at once."""
    return Notice(
        kind=str(step.kind),
        channel=step.channel,
        membership=step.member,
        message=message,
        reply=reply,
        due_at=step.due_at,
    )


def _steps(
    message: CustomerMessage,
    event: Event,
    side: Participant,
    member: Membership,
    told: Told,
    now: datetime,
) -> list[Step]:
    wishes = wishes_of(member)
    by_mail, line = channels_for(member, event)
    quiet = quiet_until(wishes, now)
    steps = []
    if by_mail and has_digest(wishes, event) and wishes.digest_at:
        due = next_digest(wishes, wishes.digest_at, now)
        steps.append(Step(side, member, Channel.EMAIL, None, NoticeKind.DIGEST, due))
    elif by_mail and quiet:
        steps.append(Step(side, member, Channel.EMAIL, None, NoticeKind.QUIET, quiet))
    elif by_mail:
        steps.append(_gathered(message, Step(side, member, Channel.EMAIL), told))
    if line and not quiet:
        steps.append(_gathered(message, Step(side, member, Channel.SMS, line), told))
    elif line and not by_mail:  # else the mail tells it afterwards
        steps.append(Step(side, member, Channel.SMS, line, NoticeKind.QUIET, quiet))
    return steps


def _told_lately(sides: Sequence[Participant], now: datetime) -> Told:
    """When these were last told on each channel of what the customer wrote, within GATHER_FOR.

    A mail of it can be answered; what a member reads of a mail of his own cannot.
    """
    by_text = Q(delivery__channel=Channel.SMS)
    lately = Dispatch.objects.filter(
        by_text | Q(delivery__payload__has_key="reply_to"),
        participant__in=sides,
        delivery__purpose="notification",
        created_at__gte=now - GATHER_FOR,
    ).exclude(reply__direction=Direction.OUTBOUND)
    lately = lately.order_by("created_at")
    rows = lately.values_list("participant_id", "delivery__channel", "created_at")
    return {(side, channel): at for side, channel, at in rows if side}


def _gathered(message: CustomerMessage, step: Step, told: Told) -> Step:
    """As it is where the step is to be taken at once, else until what was told lately is so long past."""
    at = told.get((step.side.pk, step.channel))
    if at is None:
        return step
    due: datetime | None = at + GATHER_FOR
    if _was_looked_at(message, at):
        due = _due_already(step)  # what still waits must not come after what was written later
    if due is None:
        return step
    return Step(step.side, step.member, step.channel, step.line, NoticeKind.GATHERED, due)


def _was_looked_at(message: CustomerMessage, since: datetime) -> bool:
    """Whether somebody of the business has read the conversation or answered in it since."""
    return any(at and at > since for at in (message.read_at, message.last_reply_at))


def _due_already(step: Step) -> datetime | None:
    waiting = Notice.objects.filter(
        message=step.side.message_id,
        membership=step.member,
        channel=step.channel,
        kind=NoticeKind.GATHERED,
        due_at__isnull=False,
    )
    return waiting.values_list("due_at", flat=True).first()
