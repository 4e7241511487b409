"""The entrances of mail: one for each provider and route that Anymail knows, and one for raw mails."""

from __future__ import annotations

import logging
import re

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailWebhookValidationFailure,
)
from anymail.webhooks.base import AnymailCoreWebhookView
from django.http import HttpRequest, HttpResponse

from webhooks.body import MEGABYTE, Body, read_body
from webhooks.conf import sns_verify
from webhooks.entrance import allow, entrance, raw_path
from webhooks.esp.basic_auth import require_secret
from webhooks.esp.event_ids import digest_of, key_of
from webhooks.esp.providers import ProviderRoute, route_of
from webhooks.esp.replay import ReplayedRequest
from webhooks.esp.shapes import require_shape
from webhooks.esp.sns import require_sns_signature
from webhooks.journal import Arrival, record
from webhooks.models import Kind
from webhooks.refusal import Refusal

LARGEST = 50 * MEGABYTE  # a mail of 35 MB, the most that big mailboxes take, in base64
# What reading a request later needs, and what proves where it came from. Never Authorization.
KEPT_HEADERS = (
    "x-amz-sns-",
    "svix-",
    "x-messagesystems-",
    "x-mandrill-",
    "x-postal-",
    "x-twilio-email-",
    "mailtrap-",
    "signature",
)
CREDENTIALS = re.compile(
    r"//[^/@\s]*@"
)  # Anymail's words over Mandrill repeat the address with them
MIME_TYPES = {"message/rfc822", "application/octet-stream"}
log = logging.getLogger(__name__)


@entrance
def provider(request: HttpRequest, route: str) -> HttpResponse:
    """A mail, or the status of one, from a provider."""
    found = route_of(route)
    allow(request, *found.methods)
    if request.method != "POST":
        return HttpResponse()  # providers ask so when somebody types the address in
    view = _configured(found)
    require_secret(request)
    with read_body(request, LARGEST) as body:
        asked = _rebuilt(request, body)
        _verify(view, asked, found.provider)
        require_shape(found, asked)
        record(_arrival(request, found.kind, found.provider, key_of(found, asked, body), body))
    return HttpResponse()


@entrance
def mime(request: HttpRequest) -> HttpResponse:
    """One raw mail (RFC 5322) from an own mail server; `?recipient=` once or more is the envelope."""
    allow(request, "POST")
    require_secret(request)
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type.partition(";")[0].strip().lower() not in MIME_TYPES:
        raise Refusal(415, "Send the raw mail with Content-Type: message/rfc822.")
    with read_body(request, LARGEST) as body:
        key = digest_of(raw_path(request), body)
        record(_arrival(request, Kind.EMAIL_MIME, "mime", key, body))
    return HttpResponse()


def _arrival(request: HttpRequest, kind: Kind, provider: str, key: str, body: Body) -> Arrival:
    return Arrival(
        kind=kind,
        provider=provider,
        key=key,
        path=raw_path(request),
        content_type=request.META.get("CONTENT_TYPE", ""),
        body=body,
        headers=_kept_headers(request),
    )


def _configured(route: ProviderRoute) -> AnymailCoreWebhookView:
    try:
        return route.view()
    except AnymailConfigurationError as error:
        raise _not_configured(route.provider, error) from error


def _rebuilt(request: HttpRequest, body: Body) -> ReplayedRequest:
    """The request with an own reading of its body, and with the credentials that Mandrill signs."""
    headers = dict(_kept_headers(request))
    headers["Authorization"] = request.headers["Authorization"]
    return ReplayedRequest(
        path=raw_path(request),
        headers=headers,
        content_type=request.META.get("CONTENT_TYPE", ""),
        body=body.read(),
    )


def _kept_headers(request: HttpRequest) -> dict[str, str]:
    return {k: v for k, v in request.headers.items() if k.lower().startswith(KEPT_HEADERS)}


def _verify(view: AnymailCoreWebhookView, request: ReplayedRequest, provider: str) -> None:
    """Anymail's own checks, and Amazon's signature.

    A key that is missing on our side is 404: a provider takes 403 for its own fault and gives up.
    """
    try:
        view.run_validators(request)
    except AnymailWebhookValidationFailure as error:
        raise Refusal(403, CREDENTIALS.sub("//", str(error))) from error
    except AnymailConfigurationError as error:
        raise _not_configured(provider, error) from error
    except (
        AnymailError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        # The validators take the body's shape for granted.
        raise Refusal(400, "The body is not what this provider sends.") from error
    if provider == "amazon_ses" and sns_verify():
        require_sns_signature(request.body)


def _not_configured(provider: str, error: Exception) -> Refusal:
    log.warning("A request of %s came in, which is not configured: %s", provider, error)
    return Refusal(404, f"{provider} is not configured here; see docs/webhooks.md.")
