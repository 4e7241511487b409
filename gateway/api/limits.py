"""What the caller's businesses may send to phones, and what is sent there by itself: read it, decide it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.models import Business, Role
from gateway.outbound.limits import OWN_LIMITS, countries_of, most_texts, texts_today, with_limits

# What is sent without anybody's doing, where an owner wants it.
BY_ITSELF = ("fails_over", "nudges")


class LimitsShown(Shown):
    """What a business may send to phones."""

    business = serializers.UUIDField(source="pk", read_only=True)
    texts_a_day = serializers.SerializerMethodField(
        help_text="SMS segments and WhatsApp messages in a day."
    )
    texts_today = serializers.SerializerMethodField()
    countries = serializers.SerializerMethodField(
        help_text="Whose phones it may write to first (ISO 3166); none: any. Who wrote first is answered anywhere."
    )
    fails_over = serializers.BooleanField(
        read_only=True, help_text="Whether a failed answer goes another way by itself."
    )
    nudges = serializers.BooleanField(
        read_only=True,
        help_text="Whether a customer of whose phone nothing is heard for a day gets a link.",
    )

    class Meta:
        model = Business
        fields = (
            "business",
            "texts_a_day",
            "texts_today",
            "countries",
            *BY_ITSELF,
        )

    def get_texts_a_day(self, business: Business) -> int:
        return most_texts(business)

    def get_texts_today(self, business: Business) -> int:
        return texts_today(business)

    def get_countries(self, business: Business) -> list[str]:
        return sorted(countries_of(business))


class OwnLimits(serializers.Serializer[Any]):
    """What an owner allows of what his business was granted, and by itself; what is not given stays."""

    texts_a_day = serializers.IntegerField(
        source="texts",
        required=False,
        min_value=0,
        max_value=1_000_000_000,
        allow_null=True,
        help_text="Null: all that are granted.",
    )
    countries = serializers.ListField(
        required=False,
        child=serializers.CharField(min_length=2, max_length=2),
        help_text="ISO 3166; none: all that are granted.",
    )
    fails_over = serializers.BooleanField(required=False)
    nudges = serializers.BooleanField(required=False)


class Limits(Endpoint):
    """What the caller's businesses may send."""

    @described(
        operation_id="listLimits",
        summary="What each of your businesses may send to phones, and what it sent today",
        responses={200: LimitsShown(many=True), **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        businesses = [member.business for member in members_of(request).values()]
        return Response(LimitsShown(businesses, many=True).data)


class LimitsOfOne(Endpoint):
    """What one business may send."""

    @described(
        operation_id="changeLimits",
        summary="Limit what a business sends to phones; for an owner of the business",
        request=OwnLimits,
        responses={200: LimitsShown, **errors(400, 401, 403, 404, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        member = members_of(request).get(id_or_404(pk))
        if member is None:
            raise Http404
        if member.role != Role.OWNER:
            raise PermissionDenied(f"Only an owner of {member.business} decides this.")
        given = OwnLimits(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        texts = said.get("texts", member.business.own_texts_a_day)
        countries = said.get("countries", member.business.own_text_countries.split(","))
        try:
            limited = with_limits(member.business, texts, countries)
        except Refused as error:
            raise ValidationError(error.message_dict, "invalid") from error
        by_itself = [name for name in BY_ITSELF if name in said]
        for name in by_itself:
            setattr(limited, name, said[name])
        limited.save(update_fields=[*OWN_LIMITS, *by_itself])
        return Response(LimitsShown(limited).data)
