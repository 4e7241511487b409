"""Tells what waited: gathered messages, what came in quiet hours, the digests. Rows with a due time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.links import dashboard_url
from gateway.models import Dispatch, Event, Membership, Notice, NoticeKind
from gateway.participants import email_of
from gateway.people import People, gets_mail, has_ended_digest, people_of
from gateway.telling.choices import channels_for, spoken_to, wishes_of
from gateway.telling.clock import quiet_until
from gateway.telling.of_one import dispatch, mail_of_one
from gateway.telling.render import (
    Said,
    conversations_of,
    fits,
    mail_of_several,
    words_of_several,
)
from gateway.telling.texts import line_to, text_to, words_about

BATCH = 50


def tell_due() -> int:
    """Tells what is due, each member and conversation in a transaction of its own; how many rows it worked."""
    now = timezone.now()
    due = Notice.objects.filter(due_at__lte=now).exclude(kind=NoticeKind.WAITING)
    # Joined, so that what code which does not know this table left of an erased conversation is no row here.
    first = list(due.select_related("message").order_by("due_at", "id")[:BATCH])
    groups = {_key(notice): notice for notice in reversed(first)}
    return sum(_tell(notice, now) for notice in groups.values())


def _key(notice: Notice) -> tuple[object, ...]:
    """What goes out together: a gathered conversation by itself, else all that one member waits for."""
    apart = notice.message_id if notice.kind == NoticeKind.GATHERED else None
    return notice.membership_id, notice.channel, notice.kind, apart


@transaction.atomic
def _tell(notice: Notice, now: datetime) -> int:
    rows = _claim(notice, now)
    whose = rows[0].membership if rows else None
    if whose is None:  # taken by another worker, or a person who is erased
        return _same(rows).delete()[0]
    people = people_of(whose.business)
    member = people.same(whose)
    if not (member and member.may_answer and _is_reached(notice, member)):
        _pass_on(rows, people)
        _same(rows).delete()
        return len(rows)
    wishes = wishes_of(member)
    if quiet := quiet_until(wishes, now):
        kind = NoticeKind.DIGEST if notice.kind == NoticeKind.DIGEST else NoticeKind.QUIET
        _same(rows).update(kind=kind, due_at=quiet)
        return len(rows)
    if said := _still_to_say(rows):
        with spoken_to(member):
            delivery = _tell_member(notice, member, said)
        _same(each.notice for each in said).update(due_at=None, delivery=delivery)
    told = {each.notice for each in said}
    _same(row for row in rows if row not in told).delete()
    return len(rows)


def _claim(notice: Notice, now: datetime) -> list[Notice]:
    """All rows that go out with this one, locked; none where another worker has them."""
    together = Notice.objects.filter(
        membership=notice.membership_id, channel=notice.channel, kind=notice.kind
    )
    if notice.kind == NoticeKind.GATHERED:
        together = together.filter(message=notice.message_id, due_at__isnull=False)
    else:
        together = together.filter(due_at__lte=now)
    skip = connection.features.has_select_for_update_skip_locked
    locked = together.select_for_update(skip_locked=skip, of=("self",)).order_by("id")
    return list(
        locked.select_related(
            "membership__business",
            "message__business",
            "message__contact",
            "reply__message__business",
            "reply__message__contact",
        ).prefetch_related("message__attachments", "reply__attachments")
    )


def _is_reached(notice: Notice, member: Membership) -> bool:
    """Whether there is anywhere to tell him: by mail, which stands in for a text; by a digest if he did not end it."""
    wishes = wishes_of(member)
    if notice.kind == NoticeKind.DIGEST and has_ended_digest(wishes):
        return False
    return gets_mail(member) or bool(notice.channel == Channel.SMS and line_to(member, wishes))


def _pass_on(rows: list[Notice], people: People) -> None:
    """Who lost access meanwhile, or is not reached, is told nothing: those who are told in his place are, of what
    they do not know yet. Where nobody else is left, that may be himself, by text.
    """
    known = _told_of(rows)
    Notice.objects.bulk_create(
        Notice(
            kind=NoticeKind.QUIET,
            channel=channel,
            membership=heir,
            message=row.message,
            reply=row.reply,
            due_at=row.due_at,
        )
        for alike in _for_the_same({_written(row): row for row in rows}.values())
        for heir, channel in _heirs(alike[0], people)
        for row in alike
        if (heir.pk, _written(row)) not in known
    )


def _for_the_same(rows: Iterable[Notice]) -> Iterable[list[Notice]]:
    """Those of which the same people are told."""
    alike: dict[tuple[object, ...], list[Notice]] = defaultdict(list)
    for row in rows:
        message = Said.of(row).message
        alike[message.assigned_to_id, message.recipient_id, row.reply_id is None].append(row)
    return alike.values()


def _heirs(row: Notice, people: People) -> list[tuple[Membership, Channel]]:
    """Who is told in his place, and how: by mail, else by text where he chose that."""
    is_new = row.reply_id is None
    event = Event.NEW if is_new else Event.NEXT
    heirs = people.to_notify(Said.of(row).message, is_new=is_new)
    found = [(each, _channel_to(each, event)) for each in heirs]
    return [(each, channel) for each, channel in found if channel]


def _channel_to(heir: Membership, event: Event) -> Channel | None:
    if gets_mail(heir) and not has_ended_digest(wishes_of(heir)):
        return Channel.EMAIL
    _, line = channels_for(heir, event)
    return Channel.SMS if line else None


def _told_of(rows: list[Notice]) -> set[tuple[UUID | None, UUID]]:
    """Which members were told of which of this, or will be: not by these rows, if they are of a mail."""
    openers = Q(reply=None, message__in=[row.message_id for row in rows])
    same = openers | Q(reply__in=[row.reply_id for row in rows if row.reply_id])
    noticed = Notice.objects.filter(same).exclude(kind=NoticeKind.WAITING)
    noticed = noticed.exclude(pk__in=[row.pk for row in rows], channel=Channel.EMAIL)
    sent = Dispatch.objects.filter(same, participant__membership__isnull=False)
    known = [
        *noticed.values_list("membership", "reply", "message"),
        *sent.values_list("participant__membership", "reply", "message"),
    ]
    return {(member, reply or message) for member, reply, message in known}


def _written(row: Notice) -> UUID:
    return row.reply_id or row.message_id


def _same(rows: Iterable[Notice]) -> QuerySet[Notice]:
    return Notice.objects.filter(pk__in=[row.pk for row in rows])


def _still_to_say(rows: list[Notice]) -> list[Said]:
    """What of it is still news, in the order in which it was written."""
    said = [Said.of(row) for row in rows]
    return sorted((each for each in said if _is_news(each)), key=lambda each: each.at)


def _is_news(said: Said) -> bool:
    """Not what is in the trash or in spam, nor what somebody of the business has read and settled since."""
    message = said.message
    if message.deleted_at or message.is_spam:
        return False
    was_read = message.read_at is not None and message.read_at >= said.at
    if said.notice.kind == NoticeKind.GATHERED:
        return not was_read
    return not (was_read and message.waiting_since is None)


def _tell_member(notice: Notice, member: Membership, said: list[Said]) -> Delivery:
    """Puts one mail or one text in the outbox."""
    one_conversation = len({each.message.pk for each in said}) == 1
    if notice.channel == Channel.SMS and (text := _text(member, said)):
        return text
    if one_conversation and notice.kind != NoticeKind.DIGEST and (fits(said) or len(said) == 1):
        return mail_of_one(member, said, f"{said[-1].message.pk}:{member.pk}")
    return _mail_of_several(member, said, is_digest=notice.kind == NoticeKind.DIGEST)


def _text(member: Membership, said: list[Said]) -> Delivery | None:
    """One text for all of it; None where none can go to him now, and a mail has to tell it."""
    line = line_to(member, wishes_of(member))
    if line is None:
        return None
    newest, business = said[-1], member.business.name
    messages = {each.message.pk for each in said}
    if len(messages) == 1:
        url = dashboard_url(newest.message)
        words = words_about(newest.writer, business, newest.text, url, more=len(said) - 1)
    else:
        words = words_of_several(business, len(said))
    delivery = text_to(member, line, words, f"{newest.message.pk}:{member.pk}")
    if delivery is not None:
        dispatch(delivery, member, newest)
    return delivery


def _mail_of_several(member: Membership, said: list[Said], *, is_digest: bool) -> Delivery:
    """One mail that lists conversations, each with the address at which it is answered."""
    return enqueue(
        channel=Channel.EMAIL,
        to_address=email_of(member.user),
        rendered=mail_of_several(
            member, conversations_of(member, said), len(said), is_digest=is_digest
        ),
        purpose="notification",
        lane=f"several:{member.pk}",
        on_doubt=OnDoubt.RESEND,
    )
