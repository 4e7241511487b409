"""Which names the site may be asked by."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

PROBES = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})


class CheckedHosts(CommonMiddleware):
    """Django's middleware, which answers 400 to a name outside ALLOWED_HOSTS, except to probes.

    These ask from inside: by localhost, by a container's name, by an address that nobody knows before it is given.
    No answer to them is built from the name.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if request.path_info in PROBES:
            return None
        return super().process_request(request)
