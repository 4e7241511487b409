"""The forms in which people and businesses say what they are called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.addresses import plain_name
from gateway.dashboard.access import Viewer
from gateway.models import Business, Membership

# What Django's own users have; a host's user model may keep names in another way.
_OF_USERS = ("first_name", "last_name")


class ProfileForm(forms.Form):
    """A person's name, in the fields that his user model has for it; without fields where it has none."""

    def __init__(self, user: Any, data: Any = None) -> None:
        super().__init__(data)
        self.user = user
        for name in _OF_USERS:
            field = _field_of(user, name)
            if field is not None:
                self.fields[name] = field.formfield(initial=getattr(user, name))

    def clean(self) -> dict[str, Any]:
        names = {name: plain_name(value or "") for name, value in self.cleaned_data.items()}
        if any("@" in name for name in names.values()):
            raise ValidationError(_("Customers read this name. Write it without an email address."))
        return names

    def save(self) -> None:
        """Stores a valid form's names."""
        for name, value in self.cleaned_data.items():
            setattr(self.user, name, value)
        self.user.save(update_fields=list(self.cleaned_data))


class LanguageForm(forms.Form):
    """In which language somebody reads pages and mails, at all of his businesses."""

    def __init__(self, viewer: Viewer, data: Any = None) -> None:
        super().__init__(data, initial={"language": viewer.language})
        self.viewer = viewer
        offered = [("", _("As the browser says")), *settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), required=False, choices=offered
        )

    def save(self) -> str:
        """Stores and returns a valid form's choice."""
        chosen: str = self.cleaned_data["language"]
        Membership.objects.filter(user=self.viewer.user).update(language=chosen)
        return chosen


class BusinessNameForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """What customers read as the name of a business."""

    class Meta:
        model = Business
        fields = ("name",)
        labels = {"name": gettext_lazy("Name")}

    def clean_name(self) -> str:
        name = plain_name(self.cleaned_data["name"])
        if not name or "@" in name:
            raise ValidationError(_("Write a name, without an email address."))
        return name


def _field_of(user: Any, name: str) -> Any:
    try:
        return user._meta.get_field(name)
    except FieldDoesNotExist:
        return None
