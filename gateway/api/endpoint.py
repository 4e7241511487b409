"""What every call of the API shares; nothing of it depends on the host project's DRF settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.schemas.inspectors import ViewInspector
from rest_framework.views import APIView

from gateway.api.authentication import SessionAuthentication, TokenAuthentication
from gateway.api.errors import answer_error
from gateway.api.parsers import Json
from gateway.api.throttles import AnonymousThrottle, TokenThrottle


class Endpoint(APIView):
    """One route for people who are logged in, by token or session: JSON in and out."""

    authentication_classes: tuple[type[BaseAuthentication], ...] = (
        TokenAuthentication,
        SessionAuthentication,
    )
    permission_classes: tuple[type[BasePermission], ...] = (IsAuthenticated,)
    throttle_classes = (AnonymousThrottle, TokenThrottle)
    renderer_classes = (JSONRenderer,)
    parser_classes: tuple[type, ...] = (Json,)
    content_negotiation_class = DefaultContentNegotiation
    versioning_class = None
    metadata_class = None
    schema: ViewInspector | None = AutoSchema()

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if request.successful_authenticator is None:
            # A host project's UNAUTHENTICATED_USER and UNAUTHENTICATED_TOKEN may say anything.
            request.user, request.auth = AnonymousUser(), None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        # What people write to each other is kept by no browser and no proxy.
        response.headers["Cache-Control"] = "private, no-store"
        return super().finalize_response(request, response, *args, **kwargs)


class Nowhere(Endpoint):
    """Any other address below the API: 404 in the one error shape."""

    permission_classes = (AllowAny,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is no such call; see docs/ beside it.")
