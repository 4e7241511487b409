"""Keeps the days of every business counted: a worker counts each when it is over, and the last ones again.

What became of an answer is often heard later than its day ends, so the days of AGAIN are counted anew each night.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from gateway.glance.count import A_DAY, count_days
from gateway.models import Business, BusinessDay, DayClock
from gateway.opening import zone_of

KEPT = 90  # days
AGAIN = 3  # days
# What was under way at midnight has been filed.
AFTER_MIDNIGHT = timedelta(minutes=10)
# Longer than the months of a large business take to count; a killed worker's are counted by another then.
LEASE = timedelta(minutes=10)
BATCH = 20


def count_due() -> int:
    """Counts the days that are over, of some businesses; of how many."""
    now = timezone.now()
    begin_missing(now)
    due = DayClock.objects.filter(due_at__lte=now).order_by("due_at")
    claimed = [clock for clock in due.select_related("business")[:BATCH] if _claim(clock, now)]
    for clock in claimed:
        _count(clock, now)
    return len(claimed)


def begin_missing(now: datetime) -> None:
    """Makes a clock for each business that has none."""
    is_there = DayClock.objects.filter(business=OuterRef("pk"))
    missing = Business.objects.filter(~Exists(is_there)).order_by().values_list("pk", flat=True)
    clocks = [DayClock(business_id=pk, due_at=now) for pk in missing]
    if clocks:
        DayClock.objects.bulk_create(clocks, ignore_conflicts=True)


def today_of(business: Business, now: datetime) -> date:
    """Which day it is at the business."""
    return now.astimezone(zone_of(business)).date()


def _claim(clock: DayClock, now: datetime) -> bool:
    mine = DayClock.objects.filter(pk=clock.pk, due_at=clock.due_at)
    return bool(mine.update(due_at=now + LEASE))


def _count(clock: DayClock, now: datetime) -> None:
    last = today_of(clock.business, now) - A_DAY
    oldest = last - (KEPT - 1) * A_DAY
    first = oldest
    if clock.counted_to is not None:
        first = max(oldest, min(clock.counted_to + A_DAY, last - (AGAIN - 1) * A_DAY))
    rows = [
        BusinessDay(business=clock.business, day=day, counts=counts.as_json())
        for day, counts in count_days(clock.business, first, last).items()
    ]
    with transaction.atomic():
        # In its order, should another worker be at it after all.
        DayClock.objects.select_for_update().get(pk=clock.pk)
        kept = BusinessDay.objects.filter(business=clock.business)
        kept.filter(day__gte=first).delete()
        kept.filter(day__lt=oldest).delete()
        BusinessDay.objects.bulk_create(rows)
        due_at = _next_morning(clock.business, last)
        DayClock.objects.filter(pk=clock.pk).update(counted_to=last, due_at=due_at)


def _next_morning(business: Business, last: date) -> datetime:
    today_ends = datetime.combine(last + 2 * A_DAY, time(), tzinfo=zone_of(business))
    return today_ends + AFTER_MIDNIGHT
