"""The answer to a request that is not taken in."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse


class Refusal(Exception):
    """A request is answered with a status and a sentence that says what to do; nothing is stored."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers = dict(headers or {})

    @property
    def response(self) -> HttpResponse:
        """The answer in plain text."""
        return HttpResponse(
            self.reason + "\n",
            status=self.status,
            content_type="text/plain; charset=utf-8",
            headers=self.headers,
        )
