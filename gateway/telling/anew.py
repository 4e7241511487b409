"""What did not reach a member is told anew: what a text failed to tell by mail, what he lost access to by others.

Each reader gets it written for himself, as things are then: a mail that was written for somebody else names him,
and answers and buttons in it are his.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import NotPossible, cancel
from channels_out.signals import Change
from channels_out.state import State
from gateway.models import Dispatch, Event, Membership, Notice, NoticeKind, Telling
from gateway.people import LOST, People, gets_mail, people_of
from gateway.telling.choices import wishes_of
from gateway.telling.matter import Matter, matter_of
from gateway.telling.rows import lock_notices
from gateway.telling.tell import mail_to

BATCH = 200
PURPOSE = "notification"


def texts_failed(changes: list[Change]) -> None:
    """What a text could not tell, a mail does, where none was sent anyway.

    In the transaction that recorded it, which locks nothing but businesses afterwards.
    """
    failed = [each.delivery_id for each in changes if _is_failed_text(each)]
    if failed:
        lock_notices(Q(delivery__in=failed))
        _tell_anew(list(Delivery.objects.filter(Among("pk", failed)).order_by("pk")))


def take_back(member: Membership) -> None:
    """Nothing more goes to one who may not answer any more; others are told. In the caller's transaction."""
    _take_back(Membership.objects.filter(pk=member.pk))


def take_back_due() -> int:
    """The same of whoever lost access by any way, such as an account that was closed; how much it took back."""
    return _take_back(Membership.objects.filter(LOST))


def _is_failed_text(change: Change) -> bool:
    return (
        change.channel == Channel.SMS
        and change.purpose == PURPOSE
        and change.state == State.FAILED
        and change.previous_state != State.FAILED
    )


@transaction.atomic
def _take_back(lost: QuerySet[Membership]) -> int:
    now = timezone.now()
    taken = [each for each in _queued_for(lost) if _is_cancelled(each)]
    not_yet = Q(membership__in=lost, due_at__gt=now)
    lock_notices(not_yet | Q(delivery__in=taken))
    Notice.objects.filter(not_yet).update(due_at=now)
    _tell_anew(taken)
    return len(taken)


def _queued_for(lost: QuerySet[Membership]) -> list[Delivery]:
    """What waits in the outbox for them, but for what became of a mail of their own: it says that they lost access."""
    own = Q(delivery=OuterRef("pk"), membership__in=lost)
    another = Q(delivery__channel=Channel.SMS, event="")  # that somebody else is told less
    tellings = Telling.objects.filter(own).exclude(another)
    told = Q(Exists(tellings)) | Q(Exists(Notice.objects.filter(own)))
    carried = Q(dispatch__participant__membership__in=lost)
    queued = Delivery.objects.filter(told | carried, purpose=PURPOSE, state=State.QUEUED)
    found = queued.annotate(is_told=told).order_by("pk")[:BATCH]
    return [each for each in found if each.is_told or _is_a_message(each)]


def _is_a_message(delivery: Delivery) -> bool:
    """Whether it shows a customer's message, as a mail that can be answered or as a text."""
    return delivery.channel == Channel.SMS or bool(delivery.rendered.reply_to)


def _is_cancelled(delivery: Delivery) -> bool:
    """Whether it was not on its way already."""
    try:
        cancel(delivery)
    except NotPossible:
        return False
    return True


def _tell_anew(deliveries: list[Delivery]) -> None:
    """What these told is due again, by mail; who may be told of it is looked at then."""
    tellings = Telling.objects.filter(delivery__in=deliveries).select_related(
        "delivery", "membership__user", "membership__business", "membership__notifications"
    )
    people = {each: people_of(each) for each in {one.membership.business for one in tellings}}
    for telling in tellings:
        if matter := matter_of(telling):
            _mail(telling, matter, people[telling.membership.business])
    kept = Notice.objects.filter(delivery__in=deliveries)
    told = [*kept.select_related("membership__notifications"), *_at_once(deliveries)]
    untold = [notice for notice in told if not _was_mailed(notice)]
    kept.delete()
    Notice.objects.bulk_create(map(_due_again, untold))


def _mail(telling: Telling, matter: Matter, people: People) -> None:
    """Tells its member, else others in his place."""
    for member in _readers(telling, matter, people):
        mail_to(member, matter, _lane(telling, member))


def _readers(telling: Telling, matter: Matter, people: People) -> list[Membership]:
    own = telling.membership
    if matter.is_own:
        return [own] if matter.address(own) else []
    still = [each for each in people.members if each.pk == own.pk and each.may_answer]
    reached = [each for each in still if gets_mail(each)]
    return reached or _heirs(telling, matter, people)


def _heirs(telling: Telling, matter: Matter, people: People) -> list[Membership]:
    """Those who are told in a member's place and do not know yet; nobody of what was given to him alone, or is
    about what he is told.
    """
    if matter.event in ("", Event.NEW):
        return []
    message, reply = matter.conversation() or (None, None)
    heirs = people.to_notify(message) if message else people.who_answer()
    lanes = [_lane(telling, heir) for heir in heirs]
    same = Telling.objects.filter(
        event=matter.event,
        membership__in=heirs,
        delivery__lane__in=[*lanes, *(f"{lane}:sms" for lane in lanes)],
        delivery__dispatch__reply=reply,
    )
    known = set(same.values_list("membership", flat=True))
    return [heir for heir in heirs if heir.pk not in known and gets_mail(heir)]


def _lane(telling: Telling, member: Membership) -> str:
    """In which this member is told the same."""
    lane = telling.delivery.lane.removesuffix(":sms")
    return lane.replace(str(telling.membership_id), str(member.pk))


def _at_once(deliveries: list[Delivery]) -> list[Notice]:
    """The messages that these told as soon as they came, which are no rows yet."""
    own = {"delivery": OuterRef("delivery")}
    carried = Dispatch.objects.filter(
        ~Exists(Telling.objects.filter(**own)),
        ~Exists(Notice.objects.filter(**own)),
        delivery__in=deliveries,
        participant__membership__isnull=False,
    ).select_related("delivery", "participant__membership__notifications")
    return [
        Notice(
            kind=NoticeKind.GATHERED,
            channel=each.delivery.channel,
            membership=each.participant.membership,
            message_id=each.message_id,
            reply_id=each.reply_id,
        )
        for each in carried
        if each.participant
    ]


def _was_mailed(notice: Notice) -> bool:
    """Whether its member is told of it by mail as well, so that its text need not arrive."""
    member = notice.membership
    if notice.channel == Channel.EMAIL or notice.kind == NoticeKind.WAITING or member is None:
        return False
    return (Event.NEXT if notice.reply_id else Event.NEW) in wishes_of(member).email


def _due_again(notice: Notice) -> Notice:
    return Notice(
        kind=notice.kind,
        channel=Channel.EMAIL,
        membership=None if notice.kind == NoticeKind.WAITING else notice.membership,
        message_id=notice.message_id,
        reply_id=notice.reply_id,
        since=notice.since,
        due_at=timezone.now(),
    )
