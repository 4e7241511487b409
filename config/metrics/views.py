"""`/metrics` in Prometheus' text format: what the processes of this machine counted, and what waits."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from config.metrics import folder
from config.metrics.waiting import gauges

# Whoever passes a request on adds one of these; then the loopback address is the proxy's, not the asker's.
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@login_not_required
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token (METRICS_TOKEN); without one, for this machine itself."""
    if settings.METRICS_TOKEN:
        if not _has_token(request):
            return _refused(401, "Send METRICS_TOKEN as a bearer token.")
    elif not _is_from_here(request):
        return _refused(403, "Set METRICS_TOKEN, and send it as a bearer token.")
    registry = CollectorRegistry()
    registry.register(_Everything())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Everything:
    """What a scrape tells: the counters of all processes, summed, and the gauges."""

    def collect(self) -> Iterator[Metric]:
        with folder.files(settings.METRICS_FOLDER.parent) as paths:
            counted = list(MultiProcessCollector.merge(paths))
        yield from counted
        yield from gauges()

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering shall not ask the database."""
        return []


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_it = compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return scheme.lower() == "bearer" and is_it


def _is_from_here(request: HttpRequest) -> bool:
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _refused(status: int, reason: str) -> HttpResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return HttpResponse(
        f"{reason}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers
    )
