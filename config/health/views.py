"""What an operator's probes are told. Every answer comes within seconds, whatever hangs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from config.health.report import report


@login_not_required
@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """200 while the process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while this process can take requests, which is all that a load balancer asks; else 503."""
    found = report()
    return JsonResponse(found.as_json(), status=503 if found.status == "failing" else 200)


@login_not_required
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the whole gateway works, which is what an alarm watches; else 503."""
    found = report()
    return JsonResponse(found.as_json(), status=200 if found.status == "ok" else 503)
