"""One log line a request at most, and an id that its other lines, and the work it causes, carry along."""

from __future__ import annotations

import re
import uuid
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars, clear_contextvars

from gateway.conf import trusted_proxies

# Asked every few seconds by probes, or hundreds of times a second by providers: what went wrong there is
# logged where it went wrong, and `/metrics` counts the rest. A line would cost more than the id.
QUIET = ("/webhooks/", "/livez", "/readyz", "/healthz", "/metrics")
# Asked every second by each page that is open: a line only where it went wrong.
ROUTINE = ("/changes/", "/simulator/", "/static/")
# nginx's ids have 32 characters, UUIDs 36, those of cloud load balancers a few more.
_ID = re.compile(r"[\w.:=/+-]{1,64}", re.ASCII)


class RequestLines(RequestMiddleware):
    """django-structlog's middleware without a line for what nobody would read, and never with a query string."""

    def prepare(self, request: HttpRequest) -> None:
        """Binds the request's id to every line that is logged meanwhile."""
        clear_contextvars()
        bind_contextvars(request_id=_id_of(request))

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Logs how the request was answered."""
        went_well = response.status_code < HTTPStatus.BAD_REQUEST
        if request.path.startswith(QUIET) or (went_well and request.path.startswith(ROUTINE)):
            clear_contextvars()
        else:
            super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and path: what stands in a query is the asker's own."""
        return f"{request.method} {request.path}"


def _id_of(request: HttpRequest) -> str:
    """The id under which the proxy knows the request; without a proxy of ours the header is anybody's word."""
    given = request.headers.get("X-Request-ID", "") if trusted_proxies() else ""
    return given if _ID.fullmatch(given) else str(uuid.uuid4())


def keep_the_request_id(context: dict[str, Any], **_: Any) -> None:
    """What a wake-up carries into the task: an event's or delivery's id would be that of another's work."""
    for name in context.keys() - {"request_id"}:
        del context[name]
