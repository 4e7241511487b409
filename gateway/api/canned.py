"""The canned answers of a business over REST."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.fields import Line, Text
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.canned import answers_of, delete_answer, keep
from gateway.models import CannedAnswer, Membership
from gateway.models.canned import LONGEST_NAME, LONGEST_TEXT


class CannedShown(Shown):
    """A text that is sent often; `{name}`, `{listing}` and `{me}` in it are filled in where it is used."""

    class Meta:
        model = CannedAnswer
        fields = ("id", "business", "name", "text", "in_mails", "created_at")


class CannedChanges(serializers.Serializer[Any]):
    """What may be changed of one; what is not given stays."""

    name = Line(required=False, max_length=LONGEST_NAME)
    text = Text(
        required=False,
        max_length=LONGEST_TEXT,
        help_text="`{name}` is the customer's first name, `{listing}` what it is about, `{me}` who answers.",
    )
    in_mails = serializers.BooleanField(
        required=False, help_text="Whether a button in notifications sends it; two at most do."
    )


class NewCanned(CannedChanges):
    """One to keep."""

    business = serializers.UUIDField()
    name = Line(max_length=LONGEST_NAME)
    text = Text(max_length=LONGEST_TEXT)


class Canned(Endpoint):
    """The answers of the caller's businesses."""

    @described(
        operation_id="listCannedAnswers",
        summary="List the canned answers of your businesses, by name",
        responses={200: CannedShown(many=True), **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        return Response(CannedShown(answers_of(members_of(request)), many=True).data)

    @described(
        operation_id="createCannedAnswer",
        summary="Keep a text that is sent often under a name",
        request=NewCanned,
        responses={201: CannedShown, **errors(400, 401, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        members = members_of(request)
        given = NewCanned(data=request.data)
        given.is_valid(raise_exception=True)
        member = members.get(given.validated_data.pop("business"))
        if member is None:
            raise ValidationError({"business": "You are not a member of this business."}, "unknown")
        _must_answer(member)
        made = CannedAnswer(business=member.business)
        return Response(_kept(made, given.validated_data), status=201)


class OneCanned(Endpoint):
    """One canned answer."""

    @described(
        operation_id="changeCannedAnswer",
        summary="Change a canned answer",
        request=CannedChanges,
        responses={200: CannedShown, **errors(400, 401, 403, 404, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        answer = _own(request, pk)
        given = CannedChanges(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(_kept(answer, given.validated_data))

    @described(
        operation_id="deleteCannedAnswer",
        summary="Delete a canned answer",
        responses={204: OpenApiResponse(description="Gone."), **errors(401, 403, 404, 429)},
    )
    def delete(self, request: Request, pk: str) -> Response:
        delete_answer(_own(request, pk))
        return Response(status=204)


def _kept(answer: CannedAnswer, values: dict[str, Any]) -> Any:
    for name, value in values.items():
        setattr(answer, name, value)
    try:
        keep(answer)
    except Refused as error:
        raise ValidationError(error.message_dict, "invalid") from error
    return CannedShown(answer).data


def _own(request: Request, pk: str) -> CannedAnswer:
    members = members_of(request)
    answer = get_object_or_404(CannedAnswer, pk=id_or_404(pk), business__in=members)
    _must_answer(members[answer.business_id])
    return answer


def _must_answer(member: Membership) -> None:
    if not member.may_answer:
        raise PermissionDenied(f"Your role at {member.business} allows reading only.")
