"""By which channels a customer can be reached, in which templates, and what a business may send."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import conversation_of, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.models import Business, WhatsAppTemplate
from gateway.outbound.limits import countries_of, most_texts, texts_today
from gateway.outbound.ways import reach_of


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


class WayShown(serializers.Serializer[Any]):
    """One channel; `reason` says why it cannot be used now, `note` why it would be in a template."""

    channel = serializers.CharField()
    address = serializers.CharField()
    usable = serializers.BooleanField()
    reason = serializers.CharField()
    note = serializers.CharField()
    closes_at = serializers.DateTimeField(
        allow_null=True, help_text="When WhatsApp's 24 hours end, or ended."
    )
    templates = TemplateShown(many=True, help_text="To choose from, the most fitting first.")


class ReachShown(serializers.Serializer[Any]):
    """Every channel, and which one an answer takes by itself."""

    preferred = serializers.CharField(
        source="preferred.channel",
        default=None,
        allow_null=True,
        help_text="Null: none can be used.",
    )
    because = serializers.CharField(help_text="Why that one, as a sentence.")
    channels = WayShown(source="ways", many=True)


class LimitsShown(Shown):
    """What a business may send to phones. Staff change it."""

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
            "fails_over",
            "nudges",
        )

    def get_texts_a_day(self, business: Business) -> int:
        return most_texts(business)

    def get_texts_today(self, business: Business) -> int:
        return texts_today(business)

    def get_countries(self, business: Business) -> list[str]:
        return sorted(countries_of(business))


class Channels(Endpoint):
    """The ways to a customer."""

    @described(
        operation_id="listChannels",
        summary="By which channels a customer can be reached now, and why not by the others",
        responses={200: ReachShown, **errors(401, 403, 404, 410, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        message, _ = conversation_of(request, pk)
        return Response(ReachShown(reach_of(message)).data)


class Templates(Endpoint):
    """The WhatsApp templates of the caller's businesses."""

    @described(
        operation_id="listTemplates",
        summary="List the WhatsApp templates of your businesses",
        responses={200: TemplateShown(many=True), **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        templates = WhatsAppTemplate.objects.filter(business__in=members_of(request))
        return Response(TemplateShown(templates, many=True).data)


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
