"""Twilio's two entrances: messages, and the status of ours."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from webhooks.body import MEGABYTE, Body, read_body
from webhooks.conf import public_url, twilio_account_sid, twilio_auth_tokens
from webhooks.entrance import allow, entrance, raw_path
from webhooks.journal import Arrival, record
from webhooks.models import Kind
from webhooks.refusal import Refusal
from webhooks.twilio.form import Form, is_json, read_form, word
from webhooks.twilio.keys import PROVIDER, lane_of, message_key, status_key
from webhooks.twilio.signature import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    Signature,
    is_signed,
)

LARGEST = MEGABYTE  # a message is 4 kB of text and ten addresses of media
# An answer inside TwiML would be sent past the outbox, unseen by the owner and by consent.
TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@entrance
def inbound(request: HttpRequest) -> HttpResponse:
    """An SMS, MMS or WhatsApp message to one of our numbers."""
    _require_configured(request)
    with read_body(request, LARGEST) as body:
        form = _verified(request, body)
        sid = word(form, "MessageSid", "SmsMessageSid", "SmsSid")
        key = message_key(word(form, "AccountSid"), sid) if sid else body.digest
        lane = lane_of(word(form, "To"), word(form, "From"))
        return _stored(request, Kind.TWILIO_INBOUND, key, body, lane)


@entrance
def status(request: HttpRequest, attempt: UUID) -> HttpResponse:
    """What became of one attempt to send; its id is in the address that we gave Twilio."""
    _require_configured(request)
    with read_body(request, LARGEST) as body:
        form = _verified(request, body)
        said = (
            word(form, "MessageSid", "SmsSid"),
            word(form, "MessageStatus", "SmsStatus"),
            word(form, "ErrorCode"),
        )
        key = status_key(*said, attempt) if any(said) else body.digest
        return _stored(request, Kind.TWILIO_STATUS, key, body)


def _require_configured(request: HttpRequest) -> None:
    if not (twilio_account_sid() and twilio_auth_tokens()):
        reason = "Twilio is not configured; set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        raise Refusal(404, reason)
    allow(request, "POST")


def _verified(request: HttpRequest, body: Body) -> Form:
    """The parameters of a request that Twilio signed for our account.

    The signed address is the configured one: Host and X-Forwarded-* are the sender's to choose.
    """
    path, content_type = raw_path(request), request.META.get("CONTENT_TYPE", "")
    content = body.read()
    form = read_form(content, content_type)
    signed: Form | str = form
    if is_json(content_type):
        if "bodySHA256=" not in path:
            raise Refusal(403, "A JSON body must be signed by bodySHA256 in the address.")
        signed = content.decode("utf-8", "replace")
    if not is_signed(public_url() + path, signed, _signature(request)):
        raise Refusal(403, "The signature does not fit; check PUBLIC_URL and TWILIO_AUTH_TOKEN.")
    if word(form, "AccountSid") != twilio_account_sid():
        raise Refusal(403, "The request is of another Twilio account.")
    return form


def _signature(request: HttpRequest) -> Signature:
    headers = request.headers
    return Signature(headers.get(SIGNATURE_HEADER, ""), headers.get(SIGNATURE_SETTINGS_HEADER, ""))


def _stored(request: HttpRequest, kind: Kind, key: str, body: Body, lane: str = "") -> HttpResponse:
    record(
        Arrival(
            kind=kind,
            provider=PROVIDER,
            key=key,
            account=twilio_account_sid(),
            lane=lane,
            path=raw_path(request),
            content_type=request.META.get("CONTENT_TYPE", ""),
            body=body,
        )
    )
    return HttpResponse(TWIML, content_type="text/xml")
