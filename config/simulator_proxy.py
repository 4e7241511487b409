"""Shows the simulator's page under the gateway's own address; nothing else of it is reachable this way."""

from __future__ import annotations

from urllib.parse import quote

import requests
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from config.environment import Simulator

TIMEOUT_SECONDS = 30
MAX_BYTES = 64 * 1024 * 1024  # a mail of 25 MB with pictures, in base64, and room for more
PASSED_ON = ("Content-Type", "Accept", "If-None-Match")
PASSED_BACK = (
    "Content-Type",
    "Content-Disposition",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Cache-Control",
    "ETag",
    "Location",
)


@csrf_exempt
def simulator_page(request: HttpRequest, path: str = "") -> HttpResponse:
    """Hands the request to the simulator's process and its answer back; 503 while it is not there."""
    simulator: Simulator | None = settings.ENVIRONMENT.simulator
    if simulator is None or {".", ".."} & set(path.split("/")):
        raise Http404
    body = request.read(MAX_BYTES + 1)  # past Django's limit on forms: a picture may be larger
    if len(body) > MAX_BYTES:
        return _plain("The simulator takes up to 64 MB.", 413)
    try:
        answer = _ask(simulator, request, path, body)
    except requests.ConnectionError:
        return _plain("The simulator is starting; try again in a moment.", 503)
    except requests.Timeout:
        return _plain("The simulator does not answer; try again in a moment.", 504)
    back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
    return HttpResponse(answer.content, status=answer.status_code, headers=back)


def _ask(simulator: Simulator, request: HttpRequest, path: str, body: bytes) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the environment could not reach this machine's port
        return session.request(
            request.method or "GET",
            f"{simulator.url}/simulator/{quote(path)}",
            params=request.GET.urlencode(),
            data=body,
            headers={name: request.headers[name] for name in PASSED_ON if name in request.headers},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain")
