"""Which staff read what is the business's own."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api import pages
from gateway.api.access import members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.models import Reading


class ReadingShown(Shown):
    """One person of the staff opened a conversation (`message`) or a held item (`held`)."""

    class Meta:
        model = Reading
        fields = ("id", "business", "message", "held", "reader_name", "created_at")


class ReadingListShown(serializers.Serializer[Any]):
    """One page of readings, the newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReadingShown(many=True)


class Readings(Endpoint):
    """What staff read."""

    @described(
        operation_id="listReadings",
        summary="List which staff read what is of your businesses, the newest first",
        parameters=pages.PARAMETERS,
        responses={200: ReadingListShown, **errors(400, 401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        readings = Reading.objects.filter(business__in=members_of(request))
        page = pages.page_by_id(readings, request)
        shown = ReadingShown(page.items, many=True)
        return Response({"next": page.next, "previous": page.previous, "results": shown.data})
