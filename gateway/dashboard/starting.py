"""The form in which an owner says what his business is called and where it is."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from gateway.models import Business
from gateway.start import nobody_wrote_to


class IdentityForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """Name, public address and time zone. The address stays as it is once a customer has written."""

    class Meta:
        model = Business
        fields = ("name", "slug", "timezone")
        error_messages = {"slug": {"unique": _("Another business has this address.")}}

    def __init__(self, business: Business, data: Any = None) -> None:
        super().__init__(data, instance=business)
        self.fields["slug"].disabled = not nobody_wrote_to([business.pk])

    @property
    def may_move(self) -> bool:
        """Whether the public address can still be chosen."""
        return not self.fields["slug"].disabled

    @property
    def zones(self) -> list[str]:
        """The time zones that can be chosen."""
        return sorted(available_timezones())

    @property
    def problems(self) -> list[str]:
        """Why it cannot be saved, in whole sentences."""
        return [str(error) for errors in self.errors.values() for error in errors]
