"""How often one may call: by address without a login, by token with one."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from gateway.client_address import client_address
from gateway.conf import throttle_anonymous, throttle_token


class _Throttle(SimpleRateThrottle):
    num_requests: int
    duration: int
    history: list[float]
    now: float

    def wait(self) -> float:
        """Seconds until the oldest call that stands in the way is out of the window; at least one."""
        if not self.num_requests:
            return float(self.duration)
        blocking = self.history[self.num_requests - 1]
        return max(1.0, blocking + self.duration - self.now)

    def get_ident(self, request: Request) -> str:
        """The address it came from."""
        return client_address(request)


class AnonymousThrottle(_Throttle):
    """Calls without a login, by address; reading a conversation does not use up the writing."""

    scope = "gateway-anonymous"

    def get_rate(self) -> str:
        return throttle_anonymous()

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if request.user.is_authenticated or request.auth is not None:
            return None
        return f"{self.scope}:{type(view).__name__}:{self.get_ident(request)}"


class TokenThrottle(_Throttle):
    """Calls with a token or a signed link, by token."""

    scope = "gateway-token"

    def get_rate(self) -> str:
        return throttle_token()

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return f"{self.scope}:{request.auth.pk}" if request.auth is not None else None
