"""From where a request came, as far as it can be believed."""

from __future__ import annotations

from django.http import HttpRequest

from gateway.conf import trusted_proxies


def client_address(request: HttpRequest) -> str:
    """The address of the connection, or what the outermost of our proxies saw (TRUSTED_PROXIES).

    What stands further left in X-Forwarded-For was written by the client: whoever could choose his
    own address would never be throttled.
    """
    proxies = trusted_proxies()
    passed_on = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and passed_on[-proxies:][0]:
        return passed_on[-proxies:][0]
    return str(request.META.get("REMOTE_ADDR", ""))
