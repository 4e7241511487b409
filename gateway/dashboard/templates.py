"""The form in which an owner writes down a WhatsApp template that was approved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.models import Business, Filling, WhatsAppTemplate
from gateway.models.template import PLACE

_PREFIX = "fill-"


class PlacesWidget(forms.Widget):
    """One choice for each place of the text that is sent along."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        places = PLACE.findall(data.get("body", ""))
        chosen = {place: data.get(f"{_PREFIX}{place}", "") for place in places}
        return {place: filling for place, filling in chosen.items() if filling}


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """One template of a business; `places` are chosen once its text is known."""

    places = forms.Field(required=False, widget=PlacesWidget)

    class Meta:
        model = WhatsAppTemplate
        fields = (
            "name",
            "content_sid",
            "language",
            "category",
            "sender",
            "is_active",
            "body",
            "places",
        )
        labels = {
            "name": _("Name"),
            "language": _("Language"),
            "category": _("Category"),
            "sender": _("Only from this number"),
            "is_active": _("Offer it when 24 hours are over"),
            "body": _("Text"),
        }
        help_texts = {"sender": _("Empty: from any of your WhatsApp numbers.")}
        widgets = {"body": forms.Textarea(attrs={"rows": 4, "dir": "auto"})}

    def __init__(self, business: Business, **kwargs: Any) -> None:
        kwargs["instance"] = kwargs["instance"] or WhatsAppTemplate(business=business)
        super().__init__(**kwargs)
        senders = Sender.objects.filter(channel=Channel.WHATSAPP, is_active=True)
        own = Q(dedication__business=business) | Q(is_shared=True, dedication=None)
        self.fields["sender"].queryset = senders.filter(own)  # type: ignore[attr-defined]

    def clean_content_sid(self) -> str:
        content_sid: str = self.cleaned_data["content_sid"]
        others = WhatsAppTemplate.objects.exclude(pk=self.instance.pk)
        if others.filter(business=self.instance.business_id, content_sid=content_sid).exists():
            raise ValidationError(_("This ContentSid is in another template already."))
        return content_sid

    @property
    def visible(self) -> list[forms.BoundField]:
        """All fields but the places, which are drawn one by one."""
        return [field for field in self.visible_fields() if field.name != "places"]

    @property
    def rows(self) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
        """Each place of the text: its name, its field, and what may fill it with whether that is chosen."""
        chosen = self["places"].value() or {}
        names = dict.fromkeys(PLACE.findall(self["body"].value() or ""))
        return [
            (
                name,
                f"{_PREFIX}{name}",
                [(str(each), str(each.label), chosen.get(name) == each) for each in Filling],
            )
            for name in names
        ]
