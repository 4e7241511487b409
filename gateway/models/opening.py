"""When a business is open, what it answers by itself when it is not, and its quick answers."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models

from gateway.text import clean_text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_SPANS = 5  # of one day
MOST_CLOSED_DAYS = 366
MOST_ANSWERS = 5
LONGEST_LABEL = 30
LONGEST_ANSWER = 500
LONGEST_AWAY = 500  # characters: four text messages
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def first_answers() -> list[dict[str, str]]:
    """The quick answers that a new business begins with."""
    return [
        {"label": "Available", "text": "Yes, it is still available."},
        {"label": "Sold", "text": "Sorry, it is sold."},
    ]


def known_zone(name: str) -> None:
    """Refuses a name that the zone database does not have."""
    if name not in available_timezones():
        raise ValidationError("There is no such time zone; write one as Europe/Paris.", "invalid")


def valid_hours(hours: Any) -> None:
    """Refuses what is not `{"mon": [["09:00", "17:00"]]}`, the spans of a day in order and apart.

    A span that ends at or before its beginning ends on the next day, and is the last of its day.
    """
    if not isinstance(hours, dict) or not set(hours) <= set(WEEKDAYS):
        raise ValidationError(f"Opening hours are kept by weekday: {', '.join(WEEKDAYS)}.")
    for spans in hours.values():
        if not isinstance(spans, list) or len(spans) > MOST_SPANS:
            raise ValidationError(f"A day has at most {MOST_SPANS} spans.")
        if not all(map(_is_span, spans)):
            raise ValidationError('A span is two times of day: ["09:00", "17:00"].')
        times = [time for span in spans for time in span]
        in_order = times[:-1] if times and times[-1] <= times[-2] else times
        if any(later <= earlier for earlier, later in pairwise(in_order)):
            raise ValidationError("The spans of a day follow each other.")


def valid_days(days: Any) -> None:
    """Refuses what is not a list of dates as `2026-12-25`."""
    if not isinstance(days, list) or len(days) > MOST_CLOSED_DAYS:
        raise ValidationError(f"Closed days are a list of at most {MOST_CLOSED_DAYS} dates.")
    for day in days:
        try:
            is_day = isinstance(day, str) and date.fromisoformat(day).isoformat() == day
        except ValueError:
            is_day = False
        if not is_day:
            raise ValidationError(f"{day} is not a date; write it as 2026-12-25.")


def valid_answers(answers: Any) -> None:
    """Refuses what is not a short list of `{"label": ..., "text": ...}`, each with a label of its own."""
    if not isinstance(answers, list) or len(answers) > MOST_ANSWERS:
        raise ValidationError(f"There are at most {MOST_ANSWERS} quick answers.")
    if not all(map(_is_answer, answers)):
        raise ValidationError(
            f"A quick answer has a label of at most {LONGEST_LABEL} characters and a text of at most"
            f" {LONGEST_ANSWER}."
        )
    if len({answer["label"] for answer in answers}) < len(answers):
        raise ValidationError("Two quick answers have the same label.")


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
        blank=True,
        default=first_answers,
        validators=[valid_answers],
        help_text='[{"label": "Available", "text": "Yes, it is still available."}]; the first two are'
        " buttons in the mail that tells of a message.",
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuses an away answer without words, or that would be sent at any hour."""
        super().clean()
        if self.answers_when_closed and not self.away_text.strip():
            raise ValidationError({"away_text": "Write what customers are answered."})
        if self.answers_when_closed and not any((self.opening_hours or {}).values()):
            raise ValidationError({"opening_hours": "Say when you are open."})


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(isinstance(time, str) and _CLOCK.fullmatch(time) for time in span)
    )


def _is_answer(answer: Any) -> bool:
    if not isinstance(answer, dict) or set(answer) != {"label", "text"}:
        return False
    label, text = answer["label"], answer["text"]
    if not (isinstance(label, str) and isinstance(text, str)):
        return False
    is_label = label.isprintable() and label == label.strip() and 0 < len(label) <= LONGEST_LABEL
    return (
        is_label
        and text == clean_text(text)
        and 0 < len(text.strip()) <= len(text) <= LONGEST_ANSWER
    )
