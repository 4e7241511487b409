"""What an answer would be, before it is sent."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import conversation_of
from gateway.api.endpoint import Endpoint
from gateway.api.errors import CannotReach
from gateway.api.fields import Line
from gateway.api.schema import described, errors
from gateway.api.serializers.business import MOST_ATTACHMENTS, Words
from gateway.outbound.preview import file_meant, preview
from gateway.outbound.ways import Draft, NotReachable


class FileMeant(serializers.Serializer[Any]):
    """A file that would go along, without its content."""

    name = Line(max_length=255)
    content_type = Line(max_length=255, default="application/octet-stream")
    size = serializers.IntegerField(min_value=0, help_text="In bytes.")


class DraftSent(Words):
    """An answer that is not sent."""

    attachments = serializers.ListField(
        child=FileMeant(), required=False, default=list, max_length=MOST_ATTACHMENTS
    )


class PreviewShown(serializers.Serializer[Any]):
    """Where the answer would go, in which texts, and how many segments they are."""

    channel = serializers.CharField(source="way.channel")
    address = serializers.CharField(source="way.address")
    texts = serializers.ListField(
        child=serializers.CharField(), help_text="As they would go out; none by email."
    )
    template = serializers.UUIDField(
        source="way.template.pk",
        default=None,
        allow_null=True,
        help_text="The WhatsApp template it would go in; null: as free text.",
    )
    note = serializers.CharField(
        source="way.note", help_text="Why in a template, or that WhatsApp is open."
    )
    segments = serializers.IntegerField(help_text="By SMS: what the provider charges for; else 0.")
    alphabet = serializers.CharField(help_text="By SMS: `GSM-7` or `UCS-2`; else empty.")
    cost = serializers.CharField(
        help_text="Such as `0.0249 USD`; empty without `SMS_SEGMENT_PRICE`."
    )


class Previewing(Endpoint):
    """An answer, not sent."""

    @described(
        operation_id="previewReply",
        summary="What an answer would be: its channel, texts, segments and cost; nothing is sent",
        request=DraftSent,
        responses={200: PreviewShown, **errors(400, 401, 404, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        message, _ = conversation_of(request, pk)
        given = DraftSent(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        files = tuple(file_meant(**each) for each in said["attachments"])
        draft = Draft(said["reply"], files, template=said["template"], given=said["variables"])
        try:
            shown = preview(message, draft, said["channel"])
        except NotReachable as error:
            raise CannotReach(error) from error
        return Response(PreviewShown(shown).data)
