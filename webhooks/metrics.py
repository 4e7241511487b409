"""What this process counts of providers' requests. Labels are bounded: never an address, never an id."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import Counter, Histogram

from webhooks.models import InboundEvent
from webhooks.outcome import Outcome

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
# From one insert to the fifteen seconds after which Twilio gives up.
REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
# From at once to an event that was tried again for hours.
EVENT_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 14400)

ACCEPTED = Counter(
    "gateway_events_accepted",
    "Requests of providers that were verified and journalled.",
    ["kind", "provider"],
)
REPEATED = Counter(
    "gateway_events_repeated",
    "Requests of providers that had been journalled before.",
    ["kind", "provider"],
)
RECOVERED = Counter(
    "gateway_events_recovered",
    "What a provider never posted and we found by asking.",
    ["kind", "provider"],
)
FAILED_ROUNDS = Counter(
    "gateway_errands_failed",
    "Questions to a provider about what its webhooks missed, and ledgers, that did not work.",
    ["errand"],
)
ENDED = Counter(
    "gateway_events_ended",
    "Journalled requests that were processed, by how it ended.",
    ["kind", "provider", "outcome"],
)
REQUESTS = Histogram(
    "gateway_webhook_seconds",
    "From a request of a provider to our answer.",
    ["route", "status"],
    buckets=REQUEST_SECONDS,
)
EVENTS = Histogram(
    "gateway_event_seconds",
    "From when a request was journalled until it was processed.",
    ["kind"],
    buckets=EVENT_SECONDS,
)


def timed(view: View[P]) -> View[P]:
    """The entrance `view` with its answers timed, by the view's name and the status."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        began = time.perf_counter()
        response = view(request, *args, **kwargs)
        seconds = time.perf_counter() - began
        REQUESTS.labels(view.__name__, str(response.status_code)).observe(seconds)
        return response

    return answer


def count_ended(event: InboundEvent, outcome: Outcome) -> None:
    """An event was processed; how long that took counts once, however often it is processed again."""
    ENDED.labels(event.kind, event.provider, outcome.value).inc()
    if outcome != Outcome.FAILED and event.outcome in ("", Outcome.FAILED):
        waited = (timezone.now() - (event.recovered_at or event.received_at)).total_seconds()
        EVENTS.labels(event.kind).observe(max(waited, 0.0))
