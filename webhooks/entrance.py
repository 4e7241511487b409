"""What every route of providers shares: no session, no CSRF, no host transaction, a clear answer."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from webhooks.deadline import answering_within
from webhooks.metrics import timed
from webhooks.refusal import Refusal

RETRY_SECONDS = 30
# Twilio gives up after 15. A database that is slow gets a third of that: the rest is for what goes on around it.
ANSWER_SECONDS = 5.0
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
log = logging.getLogger(__name__)


def entrance(view: View[P]) -> View[P]:
    """Makes a view an entrance: a Refusal becomes its answer, and what could not be stored a 503.

    The host's ATOMIC_REQUESTS is kept out: a repeat fails on the unique key, and that must not take
    an outer transaction with it.
    """

    @functools.wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            with answering_within(ANSWER_SECONDS):
                return view(request, *args, **kwargs)
        except Refusal as refusal:
            log.info("%s was answered %s: %s", request.path, refusal.status, refusal.reason)
            return refusal.response
        except (Error, OSError):
            log.exception("A request to %s could not be stored", request.path)
            return _not_stored()

    opened: View[P] = csrf_exempt(
        login_not_required(transaction.non_atomic_requests(timed(answer)))
    )
    return opened


def allow(request: HttpRequest, *methods: str) -> None:
    """Raises Refusal 405 for any other method."""
    if request.method not in methods:
        raise Refusal(405, f"Use {' or '.join(methods)}.", {"Allow": ", ".join(methods)})


def raw_path(request: HttpRequest) -> str:
    """Path and query as they were sent, for signatures over the address."""
    query = request.META.get("QUERY_STRING", "")
    return f"{request.path}?{query}" if query else request.path


def _not_stored() -> HttpResponse:
    refusal = Refusal(
        503,
        "The request could not be stored; send it again later.",
        {"Retry-After": str(RETRY_SECONDS)},
    )
    return refusal.response
