"""Times in the reader's own zone, which the browser names in a cookie; otherwise the project's zone."""

from __future__ import annotations

from contextlib import AbstractContextManager
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

COOKIE = "timezone"


def local_time(request: HttpRequest) -> AbstractContextManager[None]:
    """Shows times in the reader's zone for as long as it is entered."""
    return timezone.override(_zone(request.COOKIES.get(COOKIE, "")))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    # A stranger wrote the cookie: an unknown name, a path, or a folder of the zone database.
    except (ValueError, OSError, LookupError):
        return None
