"""Suggested answers over REST: an agent proposes them, a member sends, changes or dismisses."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import conversation_of, id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.fields import Text
from gateway.api.idempotency import PARAMETER as IDEMPOTENCY_KEY
from gateway.api.idempotency import once
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.models import Suggestion, SuggestionState
from gateway.suggestions import MOST_OPEN, dismiss, suggest, suggestions_in

NEWEST = 200


class SuggestionShown(Shown):
    """A proposed answer and what became of it: `open`, `used`, `edited`, `dismissed`, or `superseded` by a newer one or
    by what somebody wrote since. `reply` is the answer that was made of it."""

    state = serializers.SerializerMethodField()

    class Meta:
        model = Suggestion
        fields = ("id", "text", "author_name", "state", "reply", "created_at")

    @extend_schema_field(serializers.ChoiceField(SuggestionState.choices))
    def get_state(self, suggestion: Suggestion) -> str:
        is_past = getattr(suggestion, "is_past", False) and suggestion.state == SuggestionState.OPEN
        return SuggestionState.SUPERSEDED if is_past else suggestion.state


class NewSuggestion(serializers.Serializer[Any]):
    """An answer to propose."""

    text = Text()


class Suggestions(Endpoint):
    """What was proposed in a conversation."""

    @described(
        operation_id="listSuggestions",
        summary=f"List suggested answers and what became of them, the newest {NEWEST}, newest first",
        responses={200: SuggestionShown(many=True), **errors(401, 404, 410, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        message, _ = conversation_of(request, pk)
        newest = suggestions_in(message)[:NEWEST]
        return Response(SuggestionShown(newest, many=True).data)

    @described(
        operation_id="suggest",
        summary=f"Suggest an answer, which a member may send; the newest {MOST_OPEN} stay open",
        parameters=[IDEMPOTENCY_KEY],
        request=NewSuggestion,
        responses={201: SuggestionShown, **errors(400, 401, 404, 409, 410, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        message, member = conversation_of(request, pk)
        given = NewSuggestion(data=request.data)
        given.is_valid(raise_exception=True)

        def make() -> Response:
            made = suggest(message, member, given.validated_data["text"])
            return Response(SuggestionShown(made).data, status=201)

        return once(request, make)


class OneSuggestion(Endpoint):
    """One suggested answer."""

    @described(
        operation_id="dismissSuggestion",
        summary="Take a suggestion back, or dismiss it as a member who may answer",
        responses={204: OpenApiResponse(description="Gone."), **errors(401, 403, 404, 429)},
    )
    def delete(self, request: Request, pk: str) -> Response:
        members = members_of(request)
        found = Suggestion.objects.filter(message__business__in=members)
        suggestion = get_object_or_404(found.select_related("message"), pk=id_or_404(pk))
        member = members[suggestion.message.business_id]
        if not member.may_answer and suggestion.author_id != member.pk:
            raise PermissionDenied("Another one suggested it; whoever may answer can dismiss it.")
        dismiss(suggestion)
        return Response(status=204)
