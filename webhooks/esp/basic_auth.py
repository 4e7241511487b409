"""Basic authentication (RFC 7617) on every mail route."""

from __future__ import annotations

from anymail.utils import get_request_basic_auth
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from webhooks.conf import webhook_secrets
from webhooks.refusal import Refusal

# Amazon SNS sends credentials only after it was asked for them.
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Inbound mail", charset="UTF-8"'}


def require_secret(request: HttpRequest) -> None:
    """Raises Refusal 401 unless the request carries one of our secrets.

    Never optional: most providers sign nothing, and Mailgun signs only a time and a random word. With
    no secret set nobody gets in.
    """
    given = get_request_basic_auth(request)
    if given is not None and any(constant_time_compare(given, own) for own in webhook_secrets()):
        return
    reason = "Send the user and password of ANYMAIL_WEBHOOK_SECRET by basic authentication."
    raise Refusal(401, reason, CHALLENGE)
