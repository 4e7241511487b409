"""Who calls: a token, a session, or the holder of a conversation's signed link."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox import auth
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DjangoSession
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from gateway.api_tokens import used
from gateway.models import Participant
from gateway.participants import find_by_read_token

LINK_HEADER = "Conversation-Token"
LINK_PARAMETER = "token"


class TokenAuthentication(auth.TokenAuthentication):
    """`Authorization: Token ...`; only the hash of a token is stored.

    `request.auth.reads_only` says that it may only read. Raises PermissionDenied where it would write.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found: tuple[Any, Any] | None = super().authenticate(request)  # type: ignore[no-untyped-call]
        if found is not None:
            token = found[1]
            token.reads_only = used(token)
            if token.reads_only and request.method not in SAFE_METHODS:
                raise PermissionDenied(_("This token may only read."))
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        if not token.isascii():  # knox decodes any bytes as UTF-8 and fails on what is none
            raise AuthenticationFailed("Invalid token.")
        found: tuple[Any, Any] = super().authenticate_credentials(token)  # type: ignore[no-untyped-call]
        return found


class SessionAuthentication(DjangoSession):
    """The session of the dashboard; unsafe methods need Django's CSRF token."""


class LinkAuthentication(BaseAuthentication):
    """The customer's signed link: `request.auth` is then his `Participant`, and nobody is logged in.

    A token for another conversation, or of another purpose, is as good as none.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Participant] | None:
        token = request.headers.get(LINK_HEADER) or request.query_params.get(LINK_PARAMETER, "")
        customer = find_by_read_token(token) if token.isascii() and token else None
        wanted = request.parser_context["kwargs"].get("pk")
        if customer is None or not _is_of(customer, str(wanted).lower()):
            return None
        return AnonymousUser(), customer


def _is_of(customer: Participant, wanted: str) -> bool:
    """Whether it is his conversation, or one that was joined to it."""
    if str(customer.message_id) == wanted:
        return True
    return wanted in map(str, customer.message.merged.values_list("pk", flat=True))


class _TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and the token, with a blank between them.",
        }


class _SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class _LinkScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = LinkAuthentication
    name = ["linkParameter", "linkHeader"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "query", "name": LINK_PARAMETER},
            {"type": "apiKey", "in": "header", "name": LINK_HEADER},
        ]
