"""Whether a business is open, by the clock on its wall."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from gateway.models import Business
from gateway.models.opening import WEEKDAYS

DAY = timedelta(days=1)
# What a business says itself of its hours.
FIELDS = (
    "timezone",
    "opening_hours",
    "closed_days",
    "answers_when_closed",
    "away_text",
)


def is_open(business: Business, at: datetime) -> bool:
    """Whether it is open at a moment. A span that crosses midnight belongs to the day on which it begins.

    Read off the wall clock, so the hour that a zone skips or repeats needs no rule of its own.
    """
    local = at.astimezone(zone_of(business))
    clock, today = local.time(), local.date()
    return any(
        start <= clock and (clock < end or end <= start) for start, end in _spans(business, today)
    ) or any(clock < end <= start for start, end in _spans(business, today - DAY))


def with_opening(business: Business, values: Mapping[str, Any]) -> Business:
    """The business with new `values` of some of FIELDS, to be saved. Raises ValidationError."""
    changed = copy(business)
    for name, value in values.items():
        setattr(changed, name, value)
    others = {field.name for field in Business._meta.get_fields()} - set(FIELDS)
    changed.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
    return changed


def zone_of(business: Business) -> ZoneInfo:
    """Its time zone, else the one of this installation."""
    name = business.timezone
    known = name if name in available_timezones() else timezone.get_default_timezone_name()
    return ZoneInfo(known)


def _spans(business: Business, day: date) -> list[tuple[time, time]]:
    """When it opens and closes on a day; never on one of its closed days."""
    if day.isoformat() in (business.closed_days or []):
        return []
    spans = (business.opening_hours or {}).get(WEEKDAYS[day.weekday()], [])
    return [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans]
