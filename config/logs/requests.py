"""One log line a request at most, and an id that its other lines, and the work it causes, carry along."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars, clear_contextvars

# Asked every few seconds by probes, or hundreds of times a second by providers: what went wrong there is
# logged where it went wrong, and `/metrics` counts the rest. A line would cost more than the id.
QUIET = ("/webhooks/", "/livez", "/readyz", "/healthz", "/metrics")


class RequestLines(RequestMiddleware):
    """django-structlog's middleware without a line for the quiet routes, and never with a query string."""

    def prepare(self, request: HttpRequest) -> None:
        """Binds the request's id to every line that is logged meanwhile."""
        clear_contextvars()
        if request.path.startswith(QUIET):
            bind_contextvars(request_id=str(uuid.uuid4()))
        else:
            super().prepare(request)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Logs how the request was answered."""
        if request.path.startswith(QUIET):
            clear_contextvars()
        else:
            super().handle_response(request, response)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and path: what stands in a query is the asker's own."""
        return f"{request.method} {request.path}"


def keep_the_request_id(context: dict[str, Any], **_: Any) -> None:
    """What a wake-up carries into the task: an event's or delivery's id would be that of another's work."""
    for name in context.keys() - {"request_id"}:
        del context[name]
