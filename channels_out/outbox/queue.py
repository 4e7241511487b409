"""What waits in the outbox and may go now, in its order."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from channels_out.among import Among
from channels_out.models import Delivery
from channels_out.outbox import circuit
from channels_out.outbox.claimed import COLUMNS, Due
from channels_out.outbox.pace import HORIZON
from channels_out.questions import Asked, Question
from channels_out.state import UNFINISHED, State

# Moments like those for which it is asked what is due.
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOON = NOW + HORIZON


def due(now: datetime, soon: datetime) -> QuerySet[Delivery]:
    """What is due and whose sender may send before `soon`, the oldest first.

    Without what waits in its lane, or for a provider that does not answer.
    """
    return whatever_answers(now, soon).filter(~circuit.no_answer())


def whatever_answers(now: datetime, soon: datetime) -> QuerySet[Delivery]:
    """The same, with what waits for a provider that does not answer."""
    in_its_lane = (
        Delivery.objects.filter(lane=OuterRef("lane"), state__in=UNFINISHED)
        .exclude(lane="")
        .exclude(state=State.IN_DOUBT, due_at=None)  # a person may take days to say
    )
    # Not "there is none before it": as a join PostgreSQL, which knows the queue as it was when it last looked and
    # so as empty, would go through all that waits for each that waits.
    first = Subquery(in_its_lane.order_by("id").values("id")[:1])
    ready = Q(sender=None) | Q(sender__is_active=True, sender__next_at__lt=soon)
    fresh = Q(stale_at=None) | Q(stale_at__gt=now)
    is_first = Q(lane="") | Q(id=first)
    return Delivery.objects.filter(
        ready, fresh, is_first, state=State.QUEUED, due_at__lte=now
    ).order_by("due_at", "id")


def free(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those of these that no other worker has, locked."""
    return deliveries.select_for_update(skip_locked=True, of=("self",))


def asked_whether_due(channels: Iterable[str], now: datetime) -> dict[str, Asked]:
    """An index knows whether any mail is due; to find the first, PostgreSQL may go through all that waits."""
    return {each: _any_due(each).ask(now, limit=1) for each in channels}


@cache
def _any_due(channel: str) -> Question:
    queued = Delivery.objects.filter(state=State.QUEUED, channel=channel).order_by()
    return Question(lambda now: queued.filter(due_at__lte=now).values_list("pk"), NOW)


@cache
def _free_where(where: Q) -> Question:
    """What is due there."""
    return Question(
        lambda now, soon: free(due(now, soon)).filter(where).values_list(*COLUMNS), NOW, SOON
    )


@cache
def _free_but_of(where: Q) -> Question:
    """The same, of none of these senders."""
    return Question(
        lambda now, soon, senders: (
            free(due(now, soon))
            .filter(where)
            .exclude(Among("sender_id", senders), sender__isnull=False)
            .values_list(*COLUMNS)
        ),
        NOW,
        SOON,
        [UUID(int=1)],
    )


def that_fit(
    now: datetime, limit: int, narrow: Mapping[str, int], crowded: set[str], spent: set[UUID]
) -> tuple[list[Due], bool]:
    """Those that are due, and whether these are all.

    First those of channels with less room than that: what waits there stands in no other's way.
    """
    found, is_all = list[Due](), True

    def look(where: Q, most: int) -> None:
        nonlocal is_all
        moments = now, now + HORIZON
        if spent:
            free = _free_but_of(where).ask(*moments, spent, limit=most)
        else:
            free = _free_where(where).ask(*moments, limit=most)
        seen = Due.of(free.rows())
        is_all = is_all and len(seen) < most
        found.extend(seen)

    for channel, room in narrow.items():
        most = min(room, limit - len(found))
        if most > 0 and channel in crowded:
            look(Q(channel=channel), most)
    look(~Q(channel__in=tuple(narrow)), limit - len(found))
    return found, is_all
