"""The signed link of a customer: whoever holds it follows one conversation, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _

from gateway.client_address import client_address
from gateway.conf import throttle_anonymous, throttle_token
from gateway.dashboard.brakes import Brake
from gateway.dashboard.local_time import local_time
from gateway.languages import known_of, speaking
from gateway.participants import find_by_read_token

Page = Callable[..., HttpResponseBase]
# The link is a key: it must not travel on, be indexed, or stay in a shared cache.
HEADERS = {
    # Not no-referrer: it makes a browser send its own forms from the origin "null" (Fetch, 3.1).
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, no-store",
}


def customer_link(page: Page) -> Page:
    """A page behind a customer's token; any other token gets one and the same 404, ever more slowly."""

    @wraps(page)
    def wrapped(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = _answer(request, token, page, *args, **kwargs)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return wrapped


def _answer(
    request: HttpRequest,
    token: str,
    page: Page,
    *args: Any,
    **kwargs: Any,
) -> HttpResponseBase:
    participant = find_by_read_token(token)
    if participant is None or (participant.message.deleted_at and request.method != "POST"):
        misses = Brake("link-miss", throttle_anonymous())
        known_enough = misses.allows(client_address(request))
        return _missing(request) if known_enough else too_often(misses)
    hits = Brake("link", throttle_token())
    if not hits.allows(str(participant.pk)):
        return too_often(hits)
    language = known_of(participant.message) or get_language_from_request(request)
    with local_time(request), speaking(language):
        return page(request, participant, *args, **kwargs)


def _missing(request: HttpRequest) -> HttpResponse:
    return render(request, "gateway/customer/missing.html", status=404)


def too_often(brake: Brake) -> HttpResponse:
    """What whoever tries too often is told."""
    text = _("Too many requests. Wait a while, then open the link again.")
    return HttpResponse(
        text,
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": str(brake.window)},
    )
