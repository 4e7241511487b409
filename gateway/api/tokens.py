"""The caller's tokens for this API: list, make, revoke."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import id_or_404, members_of, must_be_signed_in
from gateway.api.endpoint import Endpoint
from gateway.api.fields import Line, Moment
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.api_tokens import TooMany, make_token, revoke, tokens_of
from gateway.models import ApiToken


class TokenShown(Shown):
    """What is known of a token; the token itself is nowhere."""

    expires_at = Moment(source="token.expiry", read_only=True, allow_null=True)

    class Meta:
        model = ApiToken
        fields = ("id", "name", "reads_only", "created_at", "last_used_at", "expires_at")


class TokenListShown(serializers.Serializer[Any]):
    """The caller's tokens, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TokenShown(many=True)


class NewToken(serializers.Serializer[Any]):
    """What a new token is called, and whether it may only read."""

    name = Line(max_length=80)
    reads_only = serializers.BooleanField(default=False)


class TokenMade(serializers.Serializer[Any]):
    """A new token, which is shown in this answer and never again."""

    token = serializers.CharField()


class Tokens(Endpoint):
    """The caller's tokens."""

    @described(
        operation_id="listTokens",
        summary="List your tokens that still open something, the newest first",
        responses={200: TokenListShown, **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        members_of(request)
        shown = TokenShown(tokens_of(request.user), many=True)
        return Response({"next": None, "previous": None, "results": shown.data})

    @described(
        operation_id="makeToken",
        summary="Make a token; signed in only, since what a stolen token made would outlive it",
        request=NewToken,
        responses={201: TokenMade, **errors(400, 401, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        members_of(request)
        must_be_signed_in(request)
        given = NewToken(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            token = make_token(request.user, **given.validated_data)
        except TooMany as error:
            raise ValidationError([ErrorDetail(str(error), "too_many")]) from error
        return Response({"token": token}, status=201)


class OneToken(Endpoint):
    """One token of the caller."""

    @described(
        operation_id="revokeToken",
        summary="End one of your tokens at once; a token may end itself",
        responses={
            204: OpenApiResponse(description="Opens nothing any more."),
            **errors(401, 403, 404, 429),
        },
    )
    def delete(self, request: Request, pk: str) -> Response:
        members_of(request)
        if not revoke(request.user, id_or_404(pk)):
            raise Http404
        return Response(status=204)
