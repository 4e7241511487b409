"""Providers' requests go straight to their view: they have no session, no language and no page.

What stands above it in MIDDLEWARE works on them, what stands below does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

PROVIDERS = "/webhooks/"
Answer = Callable[[HttpRequest], HttpResponseBase]


def straight_to_providers(get_response: Answer) -> Answer:
    """A middleware, as Django calls one."""
    straight = cast(Answer, convert_exception_to_response(_view))

    def answer(request: HttpRequest) -> HttpResponseBase:
        is_providers = request.path_info.startswith(PROVIDERS)
        return straight(request) if is_providers else get_response(request)

    return answer


def _view(request: HttpRequest) -> HttpResponseBase:
    found = request.resolver_match = resolve(request.path_info)
    response: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    return response
