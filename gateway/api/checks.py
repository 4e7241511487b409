"""The checks of the installation: what came of each, and a new one."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import members_of
from gateway.api.endpoint import Endpoint
from gateway.api.fields import Moment
from gateway.api.schema import described, errors
from gateway.checks.rows import CheckRow, names_for, rows_for
from gateway.checks.runs import ask
from gateway.models import CheckName, Role


class CheckShown(serializers.Serializer[Any]):
    """A check as the caller last asked for it; what came of it is null until a worker has made it."""

    name = serializers.CharField(read_only=True)
    about = serializers.CharField(read_only=True)
    is_running = serializers.BooleanField(read_only=True)
    is_late = serializers.BooleanField(
        read_only=True, help_text="No worker has taken it up for too long."
    )
    asked_at = Moment(source="check.asked_at", default=None, read_only=True, allow_null=True)
    finished_at = Moment(source="check.finished_at", default=None, read_only=True, allow_null=True)
    is_ok = serializers.BooleanField(
        source="outcome.is_ok", default=None, read_only=True, allow_null=True
    )
    outcome = serializers.CharField(
        source="code", read_only=True, help_text="A code that stays the same; empty while it runs."
    )
    said = serializers.CharField(read_only=True)
    next_step = serializers.CharField(source="outcome.next_step", default="", read_only=True)


class CheckListShown(serializers.Serializer[Any]):
    """The checks that the caller may make, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CheckShown(many=True)


class Checks(Endpoint):
    """The checks that the caller may make."""

    @described(
        operation_id="listChecks",
        summary="List the checks of the installation with what came of each; for owners and staff",
        responses={200: CheckListShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        shown = CheckShown(rows_for(request.user, _names(request)), many=True)
        return Response({"next": None, "previous": None, "results": shown.data})


class OneCheck(Endpoint):
    """One check."""

    @described(
        operation_id="getCheck",
        summary="Read what came of a check",
        responses={200: CheckShown, **errors(401, 403, 404, 429)},
    )
    def get(self, request: Request, name: str) -> Response:
        return Response(CheckShown(_row(request, name)).data)

    @described(
        operation_id="makeCheck",
        summary="Ask a worker for a check; 200 where one is under way or was made a moment ago",
        request=None,
        responses={200: CheckShown, 202: CheckShown, **errors(401, 403, 404, 429)},
    )
    def post(self, request: Request, name: str) -> Response:
        row = _row(request, name)
        asked = ask(request.user, row.name)
        return Response(CheckShown(_row(request, name)).data, status=202 if asked else 200)


def _row(request: Request, name: str) -> CheckRow:
    if name not in _names(request):
        raise Http404
    return rows_for(request.user, [CheckName(name)])[0]


def _names(request: Request) -> list[CheckName]:
    """The checks that the caller may make. Raises PermissionDenied where he decides nothing."""
    owned = [each for each in members_of(request).values() if each.role == Role.OWNER]
    names = names_for(request.user, owned)
    if not names:
        raise PermissionDenied("Only an owner or staff makes checks.")
    return names
