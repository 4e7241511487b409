"""A business's hours and away text: read them, change them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.http import Http404
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.schema import described, errors
from gateway.api.serializers.opening import Opening, OpeningListShown, OpeningShown
from gateway.models import Membership, Role
from gateway.opening import with_opening


class Openings(Endpoint):
    """The hours and answers of the caller's businesses."""

    @described(
        operation_id="listOpenings",
        summary="List the hours and away text of your businesses",
        responses={200: OpeningListShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        businesses = [member.business for member in members_of(request).values()]
        shown = OpeningShown(businesses, many=True)
        return Response({"next": None, "previous": None, "results": shown.data})


class OpeningOfOne(Endpoint):
    """The hours and answers of one business."""

    @described(
        operation_id="readOpening",
        summary="Read the hours and away text of a business",
        responses={200: OpeningShown, **errors(401, 403, 404, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        return Response(OpeningShown(_member(request, pk).business).data)

    @described(
        operation_id="changeOpening",
        summary="Change hours or away text; for an owner of the business",
        request=Opening,
        responses={200: OpeningShown, **errors(400, 401, 403, 404, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        member = _member(request, pk)
        if member.role != Role.OWNER:
            raise PermissionDenied(f"Only an owner of {member.business} decides this.")
        given = Opening(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = given.validated_data
        try:
            changed = with_opening(member.business, values)
        except Refused as error:
            raise ValidationError(error.message_dict, "invalid") from error
        changed.save(update_fields=list(values))
        return Response(OpeningShown(changed).data)


def _member(request: Request, pk: str) -> Membership:
    member = members_of(request).get(id_or_404(pk))
    if member is None:
        raise Http404
    return member
