"""How a member wants to be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as Refused
from rest_framework import serializers

from gateway.api.fields import Line, Moment
from gateway.api.serializers.base import refuse_others
from gateway.models import Event
from gateway.models.opening import known_zone


class Events(serializers.ListField):
    """Names of events: `new` conversation, `next` message, `held` item, `failed` answer."""

    child = serializers.RegexField(f"^({'|'.join(Event.values)})$")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=len(Event.values), **kwargs)


class Wishes(serializers.Serializer[Any]):
    """What a member may choose; times are `HH:MM` in his `timezone`, null for none.

    What is given is set on `wishes` of the context.
    """

    email = Events(required=False)
    sms = Events(required=False, help_text="By text to the member's verified phone.")
    browser = Events(required=False)
    quiet_from = serializers.TimeField(required=False, allow_null=True, format="%H:%M")
    quiet_until = serializers.TimeField(required=False, allow_null=True, format="%H:%M")
    timezone = Line(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="IANA name; empty: the one of this installation.",
    )
    is_woken = serializers.BooleanField(
        required=False, help_text="Told in quiet hours, too, when a customer waits too long."
    )
    digest_at = serializers.TimeField(
        required=False,
        allow_null=True,
        format="%H:%M",
        help_text="One mail a day at this time instead of single ones.",
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_others(data, self.fields)
        return super().to_internal_value(data)

    def validate_timezone(self, name: str) -> str:
        try:
            known_zone(name or "UTC")
        except Refused as error:
            raise serializers.ValidationError(error.messages, "invalid") from error
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wishes = self.context["wishes"]
        for name, value in attrs.items():
            setattr(wishes, name, value)
        try:
            wishes.clean()
        except Refused as error:
            raise serializers.ValidationError(error.message_dict, "invalid") from error
        return attrs


class WishesShown(Wishes):
    """How the caller is told at one business; `id` is the business's."""

    id = serializers.UUIDField(source="membership.business_id", read_only=True)
    business = serializers.CharField(source="membership.business.name", read_only=True)
    digest_stopped_at = Moment(
        read_only=True,
        allow_null=True,
        help_text="Since when he wants no digest any more; choosing a time anew ends it.",
    )


class WishesListShown(serializers.Serializer[Any]):
    """The caller's settings at each of his businesses, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WishesShown(many=True)
