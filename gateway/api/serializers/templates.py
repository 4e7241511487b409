"""WhatsApp templates: what is shown, and what an owner may write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from gateway.api.fields import Line, Text
from gateway.api.serializers.base import Shown, refuse_others
from gateway.models import TemplateCategory, WhatsAppTemplate


class TemplateShown(Shown):
    """A WhatsApp template; `places` says what fills each place of its `body`."""

    places = serializers.DictField(child=serializers.CharField(), read_only=True)
    carries_answer = serializers.BooleanField(
        read_only=True,
        help_text="Whether the answer is in it; else it asks the customer to write, and the answer follows.",
    )

    class Meta:
        model = WhatsAppTemplate
        fields = (
            "id",
            "business",
            "name",
            "content_sid",
            "language",
            "category",
            "body",
            "places",
            "carries_answer",
            "is_active",
        )


class Template(serializers.Serializer[Any]):
    """What may be written; what is not given stays."""

    name = Line(max_length=80)
    content_sid = Line(max_length=34, help_text="The ContentSid of your Twilio account: `HX...`.")
    language = Line(max_length=12, help_text="Such as en, de or pt_BR.")
    category = serializers.ChoiceField(TemplateCategory.choices, required=False)
    body = Text(
        max_length=1024, help_text="Word for word as it was approved, with its {{1}} places."
    )
    places = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text='What fills each place: `{"1": "customer", "2": "answer"}`.',
    )
    is_active = serializers.BooleanField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_others(data, self.fields)
        return super().to_internal_value(data)


class NewTemplate(Template):
    """A template of one business."""

    business = serializers.UUIDField()
