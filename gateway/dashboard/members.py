"""The page on which an owner says who belongs to his business."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from gateway.models import Role


class RoleForm(forms.Form):
    """Which role somebody has."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class InvitationForm(RoleForm):
    """Whom to invite, and as what."""

    address = forms.EmailField(
        label=_("Mail address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={
            "required": _("Write the mail address of the person."),
            "invalid": _("Write the mail address of one person, such as ben@example.com."),
        },
    )
    field_order = ("address", "role")
