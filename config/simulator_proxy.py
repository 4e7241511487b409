"""Shows the simulator's page under the gateway's own address; nothing else of it is reachable this way."""

from __future__ import annotations

import requests
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from config.environment import Simulator

TIMEOUT_SECONDS = 30
PASSED_ON = ("Content-Type", "Accept", "If-None-Match")
PASSED_BACK = ("Content-Type", "Cache-Control", "ETag", "Content-Disposition", "Location")


@csrf_exempt
def simulator_page(request: HttpRequest, path: str = "") -> HttpResponse:
    """Hands the request to the simulator's process and its answer back; 503 while it is not there."""
    simulator: Simulator | None = settings.ENVIRONMENT.simulator
    if simulator is None:
        raise Http404
    try:
        answer = requests.request(
            request.method or "GET",
            f"{simulator.url}/simulator/{path}",
            params=request.GET.urlencode(),
            data=request.read(),  # past Django's limit on forms: a picture may be larger
            headers={name: request.headers[name] for name in PASSED_ON if name in request.headers},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.ConnectionError:
        return HttpResponse("The simulator is starting; try again in a moment.", status=503)
    back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
    return HttpResponse(answer.content, status=answer.status_code, headers=back)
