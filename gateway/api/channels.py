"""By which channels a customer can be reached."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import conversation_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.templates import TemplateShown
from gateway.outbound.ways import reach_of


class WayShown(serializers.Serializer[Any]):
    """One channel; `reason` says why it cannot be used now, `note` why in a template, or that it is open."""

    channel = serializers.CharField()
    address = serializers.CharField()
    usable = serializers.BooleanField()
    reason = serializers.CharField()
    note = serializers.CharField()
    closes_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When WhatsApp's 24 hours end, or ended, by what the customer wrote to this business.",
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
