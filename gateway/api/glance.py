"""A business's numbers at a glance."""

from __future__ import annotations

from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.glance import GlanceQuery, GlanceShown
from gateway.glance.figures import glance


class AtAGlance(Endpoint):
    """Messages, first answers and deliveries of the last days."""

    @described(
        operation_id="readGlance",
        summary="Read how many messages came and went, how fast they were answered, and what arrived",
        parameters=[GlanceQuery],
        responses={200: GlanceShown, **errors(400, 401, 403, 404, 429)},
    )
    def get(self, request: Request) -> Response:
        asked = GlanceQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        members = members_of(request)
        wanted = asked.validated_data.get("business")
        if wanted is None and len(members) > 1:
            choice = "Say which of your businesses: " + ", ".join(map(str, members))
            raise ValidationError({"business": [ErrorDetail(choice, "required")]})
        member = members.get(wanted or next(iter(members)))
        if member is None:
            raise Http404
        numbers = glance(member.business, asked.validated_data["days"], timezone.now())
        return Response(GlanceShown(numbers).data)
