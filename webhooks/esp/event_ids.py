"""What makes a provider's request the same as another: its own id for it, else the whole request.

A provider that repeats a request repeats the id; it may write the body anew (another boundary, another
order), so the id is the better witness where there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from webhooks.body import Body
from webhooks.entrance import raw_path
from webhooks.esp.providers import ProviderRoute
from webhooks.esp.replay import ReplayedRequest
from webhooks.models import Kind

Finder = Callable[[ReplayedRequest], Any]


def key_of(route: ProviderRoute, request: ReplayedRequest, body: Body) -> str:
    """The key of one request of a mail provider."""
    find = EVENT_IDS.get((route.provider, route.kind))
    own = find(request) if find else None
    if isinstance(own, str | int) and own:
        return str(own)
    return digest_of(raw_path(request), body)


def digest_of(path: str, body: Body) -> str:
    """SHA-256 over address and body."""
    return hashlib.sha256(f"{path}\n{body.digest}".encode("utf-8", "replace")).hexdigest()


def _header(name: str, request: ReplayedRequest) -> str | None:
    return request.headers.get(name)


def _in_json(path: tuple[str, ...], request: ReplayedRequest) -> Any:
    try:
        found = request.json
        for name in path:
            found = found[name]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return found


def _mailgun_token(request: ReplayedRequest) -> Any:
    """Mailgun's documentation asks to keep the token and to refuse a second use of it."""
    return request.POST.get("token") or _in_json(("signature", "token"), request)


SNS_ID = partial(_header, "X-Amz-Sns-Message-Id")
SVIX_ID = partial(_header, "Svix-Id")

EVENT_IDS: dict[tuple[str, Kind], Finder] = {
    # "For a message that Amazon SNS resends during a retry, the message ID of the original is used."
    ("amazon_ses", Kind.EMAIL_INBOUND): SNS_ID,
    ("amazon_ses", Kind.EMAIL_TRACKING): SNS_ID,
    ("mailersend", Kind.EMAIL_INBOUND): partial(_in_json, ("data", "id")),
    ("mailersend", Kind.EMAIL_TRACKING): partial(_in_json, ("data", "id")),
    ("mailgun", Kind.EMAIL_INBOUND): _mailgun_token,
    ("mailgun", Kind.EMAIL_TRACKING): _mailgun_token,
    ("postal", Kind.EMAIL_INBOUND): partial(_in_json, ("id",)),
    ("postal", Kind.EMAIL_TRACKING): partial(_in_json, ("uuid",)),
    ("postmark", Kind.EMAIL_INBOUND): partial(_in_json, ("MessageID",)),
    ("resend", Kind.EMAIL_INBOUND): SVIX_ID,
    ("resend", Kind.EMAIL_TRACKING): SVIX_ID,
    ("sparkpost", Kind.EMAIL_INBOUND): partial(_header, "X-MessageSystems-Batch-ID"),
    ("sparkpost", Kind.EMAIL_TRACKING): partial(_header, "X-MessageSystems-Batch-ID"),
}
