"""A business's numbers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gateway.glance.figures import SPANS, Glance


class GlanceQuery(serializers.Serializer[Any]):
    """Which numbers are asked for."""

    days = serializers.ChoiceField(
        choices=[(span, f"{span} days") for span in SPANS],
        default=30,
        help_text="How many days, today included.",
    )
    business = serializers.UUIDField(
        required=False, help_text="Which of your businesses; may be left out where you have one."
    )


class DayShown(serializers.Serializer[Any]):
    """Messages of one day by channel: `{"email": 3}`."""

    day = serializers.DateField()
    received = serializers.DictField(child=serializers.IntegerField())
    sent = serializers.DictField(child=serializers.IntegerField())


class WeekShown(serializers.Serializer[Any]):
    """First answers that were given in the week from this Monday; times in minutes, to two digits."""

    begins = serializers.DateField()
    answers = serializers.IntegerField()
    median = serializers.IntegerField()
    ninety = serializers.IntegerField(help_text="The 90th percentile.")


class ReasonShown(serializers.Serializer[Any]):
    """Why answers failed, and how many."""

    reason = serializers.CharField()
    count = serializers.IntegerField()


class GlanceShown(serializers.Serializer[Any]):
    """The numbers of a business's last days, by its own clock."""

    business = serializers.UUIDField(source="business.pk")
    days = DayShown(many=True)
    first_answers = WeekShown(many=True, source="weeks")
    deliveries = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="By channel: how many answers are `read`, `delivered`, `sent`, `open` or `failed`.",
    )
    failures = serializers.SerializerMethodField()
    missing_to = serializers.DateField(
        allow_null=True, help_text="Days up to this one are still being counted; else null."
    )

    @extend_schema_field(ReasonShown(many=True))
    def get_failures(self, glance: Glance) -> list[dict[str, Any]]:
        return [{"reason": reason, "count": count} for reason, count in glance.failures]
