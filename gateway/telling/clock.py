"""Quiet hours and the time of the digest, by the clock on the member's wall."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from gateway.models import NotificationSettings

DAY = timedelta(days=1)


def zone_of(wishes: NotificationSettings) -> ZoneInfo:
    """The member's time zone, else the one of this installation."""
    name = wishes.timezone
    known = name if name in available_timezones() else timezone.get_default_timezone_name()
    return ZoneInfo(known)


def quiet_until(wishes: NotificationSettings, now: datetime) -> datetime | None:
    """When the member's quiet hours end, None where it is not one now.

    They may cross midnight. An end that the clock skips in spring is an hour later that day; the hour
    that it repeats in autumn ends where it stands the second time, if it began there.
    """
    start, end = wishes.quiet_from, wishes.quiet_until
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(zone_of(wishes))
    clock = local.time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() if clock < end else local.date() + DAY
    return _at(day, end.replace(fold=local.fold if day == local.date() else 0), wishes)


def next_digest(wishes: NotificationSettings, at: time, now: datetime) -> datetime:
    """When the next digest is due, which goes out at `at`."""
    today = now.astimezone(zone_of(wishes)).date()
    due = _at(today, at, wishes)
    return due if due > now else _at(today + DAY, at, wishes)


def _at(day: date, clock: time, wishes: NotificationSettings) -> datetime:
    moment = datetime.combine(day, clock, tzinfo=zone_of(wishes))
    return moment.astimezone(timezone.get_default_timezone())
