"""When a business is open, and what it answers when it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from gateway.api.fields import Line, Text
from gateway.api.serializers.base import refuse_others
from gateway.models import Business
from gateway.models.opening import LONGEST_AWAY


class Opening(serializers.Serializer[Any]):
    """What may be changed; what is not given stays."""

    timezone = Line(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="IANA name; empty: the one of this installation.",
    )
    opening_hours = serializers.DictField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.CharField())),
        required=False,
        help_text='By weekday, the spans in order: `{"mon": [["09:00", "12:00"], ["13:00", "18:00"]]}`.'
        " A span that ends at or before its beginning ends on the next day.",
    )
    closed_days = serializers.ListField(
        child=serializers.CharField(max_length=10), required=False, help_text="As `2026-12-25`."
    )
    answers_when_closed = serializers.BooleanField(
        required=False,
        help_text="Whether who writes outside opening hours gets the away text, once a day.",
    )
    away_text = Text(required=False, allow_blank=True, max_length=LONGEST_AWAY)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_others(data, self.fields)
        return super().to_internal_value(data)


class OpeningShown(Opening):
    """The hours and answers of one business."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)

    def to_representation(self, business: Business) -> Any:
        shown = super().to_representation(business)
        empty: dict[str, Any] = {"opening_hours": {}, "closed_days": []}
        return shown | {name: shown[name] or nothing for name, nothing in empty.items()}


class OpeningListShown(serializers.Serializer[Any]):
    """The hours and answers of the caller's businesses, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OpeningShown(many=True)
