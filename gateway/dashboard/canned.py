"""The form in which a member keeps a canned answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from gateway.canned import keep
from gateway.dashboard.fields import TextField
from gateway.models import CannedAnswer
from gateway.models.canned import LONGEST_NAME, LONGEST_TEXT
from gateway.text import one_line


class CannedForm(forms.Form):
    """The name, the text and the button of one answer; `answer` is the one that is made or changed."""

    name = forms.CharField(required=False)
    text = TextField(max_length=LONGEST_TEXT)
    in_mails = forms.BooleanField(required=False)

    longest_name = LONGEST_NAME
    longest_text = LONGEST_TEXT

    def __init__(self, answer: CannedAnswer, data: Any = None) -> None:
        self.answer = answer
        fields = ("name", "text", "in_mails")
        initial = {name: getattr(answer, name) for name in fields}
        super().__init__(data, initial=initial, auto_id=f"id_%s_{answer.pk}")

    @property
    def is_new(self) -> bool:
        """Whether it makes an answer."""
        return self.answer._state.adding

    @property
    def problems(self) -> list[str]:
        """Why it cannot be kept, in whole sentences."""
        return [str(error) for errors in self.errors.values() for error in errors]

    def clean_name(self) -> str:
        return one_line(self.cleaned_data["name"])

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).strip()

    def save(self) -> bool:
        """Stores a valid answer; where it cannot be, the errors say why."""
        if not self.is_valid():
            return False
        for name, value in self.cleaned_data.items():
            setattr(self.answer, name, value)
        try:
            keep(self.answer)
        except ValidationError as error:
            self.add_error(None, error)
        return self.is_valid()
