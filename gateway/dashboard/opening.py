"""The form in which an owner says when his business is open and what it answers when it is not."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gateway.dashboard.fields import TextField
from gateway.models import Business
from gateway.models.opening import LONGEST_AWAY, WEEKDAYS
from gateway.opening import FIELDS, with_opening

DAYS = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
_SPAN = re.compile(
    r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?\s*[-\u2013]\s*([0-9]{1,2})(?:[:.h]([0-9]{2}))?"
)


class SpansField(forms.Field):
    """When it is open on a day: `9-12:30, 14:00-18:00`; nothing where it is closed."""

    def to_python(self, value: Any) -> list[list[str]]:
        return [_span(each) for each in str(value or "").split(",") if each.strip()]

    def prepare_value(self, value: Any) -> Any:
        return (
            value if isinstance(value, str) else ", ".join("-".join(span) for span in value or [])
        )


class DaysField(forms.Field):
    """Dates as `2026-12-25`, one a line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> list[str]:
        return sorted(set(re.split(r"[\s,;]+", str(value or ""))) - {""})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(value or [])


class OpeningForm(forms.Form):
    """A business's hours and its away text."""

    timezone = forms.CharField(required=False, max_length=64)
    closed_days = DaysField(required=False)
    answers_when_closed = forms.BooleanField(required=False)
    away_text = TextField(max_length=LONGEST_AWAY)

    def __init__(self, business: Business, data: Any = None) -> None:
        super().__init__(data, initial=_initial(business))
        self.business = business
        for day, name in zip(WEEKDAYS, DAYS, strict=True):
            self.fields[day] = SpansField(required=False, label=name)

    @property
    def days(self) -> list[forms.BoundField]:
        """One field a weekday."""
        return [self[day] for day in WEEKDAYS]

    @property
    def zones(self) -> list[str]:
        """The time zones that can be chosen."""
        return sorted(available_timezones())

    @property
    def problems(self) -> list[str]:
        """Why it cannot be saved, in whole sentences."""
        return [str(error) for errors in self.errors.values() for error in errors]

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                self.business = with_opening(self.business, _values(self.cleaned_data))
            except ValidationError as error:
                raise ValidationError(error.messages) from error
        return self.cleaned_data

    def save(self) -> None:
        """Stores what a valid form says."""
        self.business.save(update_fields=FIELDS)


def _values(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "timezone": given["timezone"],
        "opening_hours": {day: given[day] for day in WEEKDAYS if given[day]},
        "closed_days": given["closed_days"],
        "answers_when_closed": given["answers_when_closed"],
        "away_text": given["away_text"].strip(),
    }


def _initial(business: Business) -> dict[str, Any]:
    return {
        "timezone": business.timezone,
        "closed_days": business.closed_days,
        "answers_when_closed": business.answers_when_closed,
        "away_text": business.away_text,
        **(business.opening_hours or {}),
    }


def _span(written: str) -> list[str]:
    found = _SPAN.fullmatch(written.strip())
    if found is None:
        raise ValidationError(f"“{written.strip()}” is no span of time; write it as 9:00-17:30.")
    hour, minutes, last_hour, last_minutes = (int(each or 0) for each in found.groups())
    if last_hour == 24:  # the end of the day
        last_hour = 0
    return [f"{hour:02}:{minutes:02}", f"{last_hour:02}:{last_minutes:02}"]
