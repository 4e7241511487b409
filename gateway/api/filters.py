"""The filters of the list; a value that makes no sense is refused and named."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError as Refused
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError

from channels_out.channel import Channel
from gateway.inbox import Wanted
from gateway.models import CustomerMessage, Status

LONGEST_SEARCH = 200  # characters
_user_key = get_user_model()._meta.pk
_listing_key = CustomerMessage._meta.get_field("listing").related_model._meta.pk


class KeyField(forms.Field):
    """The id of a row of the host project's, of whatever type its key is."""

    def __init__(self, key: Any, **options: Any) -> None:
        super().__init__(**options)
        self.key = key

    def to_python(self, value: Any) -> Any:
        try:
            return None if value in self.empty_values else self.key.clean(value, None)
        except (Refused, TypeError, ValueError, OverflowError) as error:
            raise Refused("This is not an id.", "invalid") from error


class MomentField(forms.Field):
    """A time or a day in ISO 8601; without an offset UTC is meant, a day is its beginning."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        # A plus sign that was not escaped arrives as a blank.
        text = re.sub(r" (\d\d:?\d\d)$", r"+\1", value)
        try:
            moment = parse_datetime(text) or _beginning(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Refused(
                "This is not a time; write one such as 2026-01-31T14:00:00Z.", "invalid"
            ) from error


class SwitchField(forms.Field):
    """`true` or `false`."""

    def to_python(self, value: Any) -> bool | None:
        known = {"true": True, "1": True, "false": False, "0": False}
        if value in self.empty_values:
            return None
        if value.lower() not in known:
            raise Refused("Write true or false.", "invalid")
        return known[value.lower()]


class InboxQuery(forms.Form):
    """What the list is asked for."""

    status = forms.ChoiceField(choices=Status.choices, required=False)
    listing = KeyField(_listing_key, required=False)
    assigned_to = KeyField(_user_key, required=False)
    is_unassigned = SwitchField(required=False)
    created_after = MomentField(required=False)
    created_before = MomentField(required=False)
    channel = forms.ChoiceField(choices=Channel.choices, required=False)
    is_spam = SwitchField(required=False)
    tag = forms.UUIDField(required=False)
    q = forms.CharField(required=False, max_length=LONGEST_SEARCH)


def wanted(query: QueryDict) -> Wanted:
    """What the query asks for. Raises ValidationError that names each parameter to mend."""
    form = InboxQuery(query)
    if not form.is_valid():
        raise ValidationError(
            {
                name: [
                    ErrorDetail(" ".join(error.messages), error.code or "invalid")
                    for error in errors
                ]
                for name, errors in form.errors.as_data().items()
            }
        )
    return Wanted(**form.cleaned_data)


def _beginning(text: str) -> datetime:
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return datetime.combine(day, time(), UTC)


PARAMETERS = [
    OpenApiParameter("status", enum=Status.values),
    OpenApiParameter("listing", description="The id of a listing."),
    OpenApiParameter("assigned_to", description="The `user` of a member."),
    OpenApiParameter("is_unassigned", OpenApiTypes.BOOL, description="Those nobody has."),
    OpenApiParameter("created_after", OpenApiTypes.DATETIME, description="Then or later."),
    OpenApiParameter("created_before", OpenApiTypes.DATETIME, description="Earlier than this."),
    OpenApiParameter("channel", enum=Channel.values, description="Of the first message."),
    OpenApiParameter("is_spam", OpenApiTypes.BOOL),
    OpenApiParameter("tag", OpenApiTypes.UUID, description="The id of a tag."),
    OpenApiParameter(
        "q",
        description="Beginnings of words, all of which one message holds with its subject and the customer's name, "
        "or the first message with the customer's addresses; of a telephone number any part.",
    ),
]
