"""The forms of the page on which a member says how he is told, and an owner how his business answers."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateway.models import LONGEST_WAIT, Business, Event, NotificationSettings


class Clock(forms.TimeInput):
    """A time of day as browsers let people choose it."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


def _events() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=Event.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class WishesForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """How one member wants to be told."""

    email = _events()
    sms = _events()
    browser = _events()

    class Meta:
        model = NotificationSettings
        fields = (
            "email",
            "sms",
            "browser",
            "quiet_from",
            "quiet_until",
            "timezone",
            "is_woken",
            "digest_at",
        )
        widgets = {
            "quiet_from": Clock(),
            "quiet_until": Clock(),
            "digest_at": Clock(),
        }

    @property
    def rows(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """Each event with its words, and by channel the field's name, the channel's word and whether it is chosen."""
        return [
            (str(event), str(event.label), [self._cell(*each, event) for each in CHANNELS])
            for event in Event
        ]

    def _cell(self, name: str, word: str | Promise, event: Event) -> tuple[str, str, bool]:
        return name, str(word), str(event) in (self[name].value() or [])

    @property
    def zones(self) -> list[str]:
        """The time zones that can be chosen."""
        return sorted(available_timezones())

    def save(self, commit: bool = True) -> Any:
        if "digest_at" in self.changed_data:  # chosen anew, so what was ended before is over
            self.instance.digest_stopped_at = None
        return super().save(commit)


CHANNELS = (("email", _("Mail")), ("sms", _("Text message")), ("browser", _("Browser")))


class BusinessForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """What an owner decides for the whole business."""

    escalates_after = forms.IntegerField(
        required=False, min_value=1, max_value=LONGEST_WAIT, widget=forms.NumberInput
    )

    class Meta:
        model = Business
        fields = ("escalates_after", "fails_over", "nudges")
