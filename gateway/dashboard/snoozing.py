"""Until when a conversation can be put away, in the reader's own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.snooze import is_ahead

MORNING = time(8)
LATER = timedelta(hours=3)
NOT_THEN = gettext_lazy("Choose a time to come, within a year.")


@dataclass(frozen=True)
class Choice:
    """A time by name."""

    name: str
    words: str
    at: datetime


def choices() -> list[Choice]:
    """What is offered now; late in the evening there is no later today."""
    now = timezone.localtime()
    later = now + LATER
    today = [Choice("later", _("Later today"), later)] if later.date() == now.date() else []
    return [
        *today,
        Choice("tomorrow", _("Tomorrow"), tomorrow()),
        Choice("week", _("Next week"), _morning(now.date() + timedelta(days=7 - now.weekday()))),
    ]


def tomorrow() -> datetime:
    """Tomorrow morning."""
    return _morning(timezone.localdate() + timedelta(days=1))


class SnoozeForm(forms.Form):
    """One of the times by name, or one of one's own."""

    choice = forms.CharField(max_length=10)
    own = forms.DateTimeField(required=False, error_messages={"invalid": NOT_THEN})

    @property
    def until(self) -> datetime | None:
        """The time that was chosen; None for one that is past, too far away, or no time at all."""
        named = {choice.name: choice.at for choice in choices()}
        if not self.is_valid():
            return None
        at = named.get(self.cleaned_data["choice"]) or self.cleaned_data["own"]
        return at if at and is_ahead(at) else None


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, MORNING))
