"""A business at a glance: its last days, added up from the kept ones and the one or two not yet kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from channels_out.channel import Channel
from channels_out.state import State
from gateway.glance.count import A_DAY, count_days
from gateway.glance.counts import Counts, percentile
from gateway.glance.days import today_of
from gateway.models import Business, BusinessDay, DayClock

SPANS = (7, 30, 90)  # days
# So many days may not be kept yet while all is well: today, and yesterday in the minutes after midnight.
NOT_KEPT = 2
HALF, NINE_OF_TEN = 0.5, 0.9


class Stand(TextChoices):
    """What became of a delivery, in the words for its owner; `sent` may be all that is ever heard."""

    READ = "read", _("Read")
    DELIVERED = "delivered", _("Delivered")
    SENT = "sent", _("Sent")
    OPEN = "open", _("Open")
    FAILED = "failed", _("Failed")


STANDS = {
    State.READ: Stand.READ,
    State.DELIVERED: Stand.DELIVERED,
    State.SENT: Stand.SENT,
    State.FAILED: Stand.FAILED,
    State.QUEUED: Stand.OPEN,
    State.SENDING: Stand.OPEN,
    State.IN_DOUBT: Stand.OPEN,
}


@dataclass(frozen=True)
class Day:
    """How many messages came in and went out on one day, by channel."""

    day: date
    received: Counter[str]
    sent: Counter[str]


@dataclass(frozen=True)
class Week:
    """How long first answers took that were given in a week: half of them, and nine of ten, at most so many minutes."""

    begins: date
    answers: int
    median: int
    ninety: int


@dataclass(frozen=True)
class Glance:
    """The numbers of a business's last days, today included.

    `missing_to` is the last day that a worker has still to count, while it does.
    """

    business: Business
    days: list[Day]
    weeks: list[Week]
    deliveries: dict[str, Counter[str]]
    failures: list[tuple[str, int]]
    missing_to: date | None = None

    @property
    def received(self) -> int:
        """How many messages came in."""
        return sum(day.received.total() for day in self.days)

    @property
    def sent(self) -> int:
        """How many answers went out."""
        return sum(day.sent.total() for day in self.days)

    @property
    def channels(self) -> list[str]:
        """The channels by which anything came or went, in one order always."""
        used = {channel for day in self.days for channel in day.received | day.sent}
        return [channel for channel in Channel.values if channel in used]


def glance(business: Business, days: int, now: datetime) -> Glance:
    """The last so many days, in six queries at most, however many messages there are."""
    today = today_of(business, now)
    first = today - (days - 1) * A_DAY
    counted_to = (
        DayClock.objects.filter(pk=business.pk).values_list("counted_to", flat=True).first()
    )
    oldest_live = today - (NOT_KEPT - 1) * A_DAY
    live_from = max(oldest_live, counted_to + A_DAY) if counted_to else oldest_live
    kept = BusinessDay.objects.filter(business=business, day__gte=first, day__lt=live_from)
    by_day = {day: Counts.from_json(counts) for day, counts in kept.values_list("day", "counts")}
    by_day |= count_days(business, max(first, live_from), today)
    is_missing = counted_to is None or counted_to + A_DAY < live_from
    return _of(business, first, today, by_day, live_from - A_DAY if is_missing else None)


def _of(
    business: Business,
    first: date,
    today: date,
    by_day: dict[date, Counts],
    missing_to: date | None,
) -> Glance:
    total = Counts()
    for counts in by_day.values():
        total.add(counts)
    days = [first + number * A_DAY for number in range((today - first).days + 1)]
    nothing = Counts()
    return Glance(
        business=business,
        days=[_day(day, by_day.get(day, nothing)) for day in days],
        weeks=_weeks(by_day),
        deliveries=_deliveries(total),
        failures=total.failures.most_common(),
        missing_to=missing_to,
    )


def _day(day: date, counts: Counts) -> Day:
    return Day(day, counts.received, counts.sent)


def _weeks(by_day: dict[date, Counts]) -> list[Week]:
    """Those with answers, from Monday to Sunday."""
    minutes: dict[date, Counter[int]] = {}
    for day, counts in by_day.items():
        monday = day - timedelta(days=day.weekday())
        minutes.setdefault(monday, Counter()).update(counts.minutes)
    weeks = []
    for monday, taken in sorted(minutes.items()):
        median, ninety = percentile(taken, HALF), percentile(taken, NINE_OF_TEN)
        if median is not None and ninety is not None:
            weeks.append(Week(monday, taken.total(), median, ninety))
    return weeks


def _deliveries(total: Counts) -> dict[str, Counter[str]]:
    """By channel in one order always; what was taken back is none."""
    stands: dict[str, Counter[str]] = {}
    for channel in Channel.values:
        for state, count in total.deliveries.get(channel, {}).items():
            if stand := STANDS.get(State(state)):
                stands.setdefault(channel, Counter())[stand] += count
    return stands
