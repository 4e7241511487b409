"""When a business is open, and what it answers by itself when it is not."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_SPANS = 5  # of one day
MOST_CLOSED_DAYS = 366
LONGEST_AWAY = 500  # characters: four text messages
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def known_zone(name: str) -> None:
    """Refuses a name that the zone database does not have."""
    if name not in available_timezones():
        raise ValidationError(
            _("There is no such time zone; write one as Europe/Paris."), "invalid"
        )


def valid_hours(hours: Any) -> None:
    """Refuses what is not `{"mon": [["09:00", "17:00"]]}`, the spans of a day in order and apart.

    A span that ends at or before its beginning ends on the next day, and is the last of its day.
    """
    if not isinstance(hours, dict) or not set(hours) <= set(WEEKDAYS):
        words = _("Opening hours are kept by weekday: %(days)s.")
        raise ValidationError(words % {"days": ", ".join(WEEKDAYS)})
    for spans in hours.values():
        if not isinstance(spans, list) or len(spans) > MOST_SPANS:
            raise ValidationError(_("A day has at most %(most)d spans.") % {"most": MOST_SPANS})
        if not all(map(_is_span, spans)):
            raise ValidationError(_('A span is two times of day: ["09:00", "17:00"].'))
        times = [time for span in spans for time in span]
        in_order = times[:-1] if times and times[-1] <= times[-2] else times
        if any(later <= earlier for earlier, later in pairwise(in_order)):
            raise ValidationError(_("The spans of a day follow each other."))


def valid_days(days: Any) -> None:
    """Refuses what is not a list of dates as `2026-12-25`."""
    if not isinstance(days, list) or len(days) > MOST_CLOSED_DAYS:
        words = _("Closed days are a list of at most %(most)d dates.")
        raise ValidationError(words % {"most": MOST_CLOSED_DAYS})
    for day in days:
        try:
            is_day = isinstance(day, str) and date.fromisoformat(day).isoformat() == day
        except ValueError:
            is_day = False
        if not is_day:
            words = _("%(day)s is not a date; write it as 2026-12-25.")
            raise ValidationError(words % {"day": day})


class Opening(models.Model):
    """What a business says of its hours. `opening_hours` are of the clock on its wall."""

    timezone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[known_zone],
        help_text="IANA name, such as Europe/Paris; empty: the one of this installation.",
    )
    opening_hours = models.JSONField(
        null=True,
        blank=True,
        validators=[valid_hours],
        help_text='By weekday: {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}.',
    )
    closed_days = models.JSONField(
        null=True,
        blank=True,
        validators=[valid_days],
        help_text='Days on which it stays closed: ["2026-12-25"].',
    )
    answers_when_closed = models.BooleanField(
        "answers by itself when closed",
        default=False,
        db_default=False,
        help_text="A customer who writes outside opening hours gets the away text, once a day.",
    )
    away_text = models.TextField(
        max_length=LONGEST_AWAY,
        blank=True,
        default="",
        db_default="",
        help_text="What a customer is answered outside opening hours.",
    )
    quick_answers = models.JSONField(
        null=True,
        editable=False,
        help_text="A copy of the canned answers that are buttons in mails, by label and text.",
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuses an away answer without words, or that would be sent at any hour."""
        super().clean()
        if self.answers_when_closed and not self.away_text.strip():
            raise ValidationError({"away_text": _("Write what customers are answered.")})
        if self.answers_when_closed and not any((self.opening_hours or {}).values()):
            raise ValidationError({"opening_hours": _("Say when you are open.")})


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(isinstance(time, str) and _CLOCK.fullmatch(time) for time in span)
    )
