"""A customer who waits too long: it is told on a second channel, once for each time that he waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.state import State
from gateway.links import dashboard_url
from gateway.models import (
    CustomerMessage,
    Direction,
    Dispatch,
    Membership,
    Notice,
    NoticeKind,
)
from gateway.participants import contact_name, member_of
from gateway.people import People, gets_mail, people_of
from gateway.telling.choices import spoken_to, wishes_of
from gateway.telling.clock import quiet_until
from gateway.telling.of_one import mail_of_one
from gateway.telling.render import MOST_MESSAGES, Said, fits
from gateway.telling.texts import Line, line_to, text_to, words_about

BATCH = 50


def watch(message: CustomerMessage, at: datetime) -> None:
    """Sets the alarm where the customer begins to wait by what he wrote `at`; in the transaction that filed it."""
    after = message.business.escalates_after
    if after and message.waiting_since == at:
        Notice.objects.create(
            kind=NoticeKind.WAITING,
            message=message,
            since=at,
            due_at=at + timedelta(minutes=after),
        )


def watch_moved(
    source: CustomerMessage, target: CustomerMessage, waited: set[datetime | None]
) -> None:
    """Sets the alarm anew after a move: it goes with the customer who waits. `waited` is since when they did before."""
    alarms = Notice.objects.filter(kind=NoticeKind.WAITING, message=source)
    alarms.filter(since=target.waiting_since).update(message=target)
    for message in (source, target):
        if message.waiting_since and message.waiting_since not in waited:
            watch(message, message.waiting_since)


def escalate_due() -> int:
    """Tells of those who wait too long now, each in a transaction of its own; how many alarms it worked."""
    now = timezone.now()
    due = Notice.objects.filter(kind=NoticeKind.WAITING, due_at__lte=now)
    first = list(due.select_related("message").order_by("due_at", "id")[:BATCH])
    return sum(_escalate(notice, now) for notice in first)


@transaction.atomic
def _escalate(notice: Notice, now: datetime) -> int:
    skip = connection.features.has_select_for_update_skip_locked
    locked = Notice.objects.filter(pk=notice.pk, due_at__lte=now)
    alarm = (
        locked.select_for_update(skip_locked=skip, of=("self",))
        .select_related("message__business", "message__contact")
        .first()
    )
    if alarm is None:
        return 0
    people = people_of(alarm.message.business)
    asleep_until = _asleep_until(people, alarm.message, now)
    if _still_waits(alarm) and asleep_until:
        alarm.due_at = asleep_until
        alarm.save(update_fields=["due_at"])
        return 1
    if _still_waits(alarm):
        _tell(people, alarm, now)
    alarm.delete()
    return 1


def _still_waits(alarm: Notice) -> bool:
    """For the same answer, where somebody would see it; another wait has an alarm of its own."""
    return alarm.message.is_open and alarm.message.waiting_since == alarm.since


def _asleep_until(people: People, message: CustomerMessage, now: datetime) -> datetime | None:
    """When the first of them may be told, where none may be now."""
    whom = _candidates(people, message)
    quiet = [_quiet(member, now) for member in whom]
    awake = [until for until in quiet if until is None]
    return None if awake else min(filter(None, quiet), default=None)


def _candidates(people: People, message: CustomerMessage) -> list[Membership]:
    """Those who were told in the first place, then all others who may answer."""
    first = people.to_notify(message)
    others = [each for each in people.members if each.may_answer and each not in first]
    return [*first, *others]


def _quiet(member: Membership, now: datetime) -> datetime | None:
    wishes = wishes_of(member)
    return None if wishes.is_woken else quiet_until(wishes, now)


def _tell(people: People, alarm: Notice, now: datetime) -> None:
    """By text to those who know of it, where they have a phone; else by mail to the others; else to them again.

    An alarm by mail is one of which a text has failed, or a mail was taken back.
    """
    message = alarm.message
    awake = [each for each in _candidates(people, message) if not _quiet(each, now)]
    first = [each for each in people.to_notify(message) if each in awake]
    lines = [(each, line) for each in first if (line := line_to(each, wishes_of(each)))]
    texted = [member for member, line in lines if not alarm.channel and _text(member, line, alarm)]
    if texted or _was_mailed(alarm):
        return
    with_mail = [each for each in awake if gets_mail(each)]
    others = [each for each in with_mail if each not in first]
    said, left_out = _unanswered(alarm)
    for member in others or with_mail:
        _mail(member, said, left_out, alarm)


def _was_mailed(alarm: Notice) -> bool:
    """Whether it has rung by mail already, as another text of it failed."""
    mails = Dispatch.objects.filter(message=alarm.message, delivery__channel=Channel.EMAIL)
    of_alarms = mails.filter(delivery__lane__startswith=_lane(alarm.message))
    rung = of_alarms.exclude(delivery__state=State.CANCELLED)
    return rung.filter(created_at__gte=alarm.since).exists()


def _unanswered(alarm: Notice) -> tuple[list[Said], int]:
    """What was written since the customer waits, the first first, and how much of it is left out.

    One mail holds the first of it and as much of the newest as fits.
    """
    message = alarm.message
    since = alarm.since or message.created_at
    later = message.replies.filter(
        direction=Direction.INBOUND, is_automatic=False, created_at__gte=since
    ).prefetch_related("attachments")
    opening = [Said(alarm, message, None)] if message.created_at >= since else []
    oldest = later.order_by("created_at", "id")[:1]
    newest = later.order_by("-created_at", "-id")[: MOST_MESSAGES - 1]
    first = opening or [Said(alarm, message, reply) for reply in oldest]
    said = [Said(alarm, message, reply) for reply in reversed(newest)]
    rest = [each for each in said if each not in first]
    while len(rest) > 1 and not fits([*first, *rest]):
        rest = rest[1:]
    return [*first, *rest], len(opening) + later.count() - len(first) - len(rest)


def _mail(member: Membership, said: list[Said], left_out: int, alarm: Notice) -> None:
    """It is answered as the first notification, and rings elsewhere if it is taken back."""
    lane = _lane(alarm.message, member)
    with spoken_to(member):
        delivery = mail_of_one(member, said, lane, alarm.since, left_out)
    _keep(alarm, member, delivery)


def _text(member: Membership, line: Line, alarm: Notice) -> bool:
    """Whether one goes to him."""
    message = alarm.message
    customer = contact_name(message.contact, message)
    with spoken_to(member):
        words = words_about(
            _("Waits for an answer: %(customer)s") % {"customer": customer},
            message.business.name,
            message.snippet,
            dashboard_url(message),
        )
    delivery = text_to(member, line, words, _lane(message, member))
    if delivery is None:
        return False
    side = member_of(message, member)
    Dispatch.objects.create(delivery=delivery, message=message, participant=side)
    _keep(alarm, member, delivery)
    return True


def _keep(alarm: Notice, member: Membership, delivery: Delivery) -> None:
    """The alarm stays with what told it, in case that does not reach him."""
    Notice.objects.create(
        kind=NoticeKind.WAITING,
        channel=delivery.channel,
        membership=member,
        message=alarm.message,
        since=alarm.since,
        delivery=delivery,
    )


def _lane(message: CustomerMessage, member: Membership | None = None) -> str:
    return f"waits:{message.pk}:{member.pk if member else ''}"
