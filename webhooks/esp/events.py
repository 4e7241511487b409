"""A journalled request of a mail provider becomes mails for the door in and statuses for the outbox."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from anymail.exceptions import AnymailConfigurationError, AnymailError
from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent
from anymail.webhooks.base import AnymailCoreWebhookView

from channels_out.adapters.anymail_answers import provider_name
from channels_out.outbox import StatusReport, record_status
from channels_out.statuses import BOUNCES, SOFT_BOUNCE
from webhooks.deadline import within
from webhooks.esp.envelope import envelope_of
from webhooks.esp.hand_over import hand_over
from webhooks.esp.providers import route_of
from webhooks.esp.raw import raw_mails
from webhooks.esp.replay import ReplayedRequest
from webhooks.esp.shapes import asks_outside
from webhooks.esp.soft_bounces import may_be_right
from webhooks.models import InboundEvent
from webhooks.outcome import Ended, Outcome, first_of
from webhooks.text import clean, clean_json
from webhooks.twilio.status import ended

# Amazon SES, Brevo, Mailtrap and Resend only announce a mail: reading it asks them, and Anymail asks
# without a time limit.
READ_WITHIN = 60  # seconds
# What Anymail raises over a request that it cannot read: the next try would find the same words.
UNREADABLE = (
    AnymailError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
NOTHING = Ended(Outcome.NOTED, "A test call or a confirmation; it carries no mail and no status.")
log = logging.getLogger(__name__)


def take_in(event: InboundEvent) -> Ended:
    """Reads everything in the request and hands it on; nothing of it in a transaction of ours."""
    route = route_of(event.path.partition("?")[0].partition("/email/")[2])
    view = route.view()
    request = ReplayedRequest.of(event)
    if mails := raw_mails(route.provider, request):
        return first_of([hand_over(mail.content, mail.envelope, event) for mail in mails], NOTHING)
    try:
        carried = within(READ_WITHIN, lambda: list(view.parse_events(request)))
    except AnymailConfigurationError as error:
        log.warning("Event %s came in on the wrong address: %s", event.id, clean(error))
        return Ended(Outcome.REFUSED, clean(error))
    except UNREADABLE as error:
        if asks_outside(route, request) or isinstance(error, OSError):
            raise
        fault = f"It is not what {view.esp_name} sends: {_fault(error)}."
        log.warning("Event %s is refused: %s", event.id, fault)
        return Ended(Outcome.REFUSED, fault)
    return first_of([_taken(event, view, one) for one in carried if one is not None], NOTHING)


def _fault(error: Exception) -> str:
    """In words; Anymail takes for granted what a request holds, so the error names what was odd."""
    if isinstance(error, KeyError):
        return f"{clean(error)} is missing"
    return clean(error) or type(error).__name__


def _taken(
    event: InboundEvent,
    view: AnymailCoreWebhookView,
    one: AnymailInboundEvent | AnymailTrackingEvent,
) -> Ended:
    if isinstance(one, AnymailTrackingEvent):
        return _status(provider_name(view.esp_name), one)
    if one.message is None:
        return NOTHING
    return hand_over(one.message, envelope_of(event.provider, one), event)


def _status(provider: str, one: AnymailTrackingEvent) -> Ended:
    payload = _storable(one.esp_event)
    word = clean(one.event_type)[:64]
    if word in BOUNCES and may_be_right(provider, payload, clean(one.mta_response)):
        word = SOFT_BOUNCE
    report = StatusReport(
        provider=provider,
        provider_status=word,
        attempt_id=_attempt(one.metadata),
        provider_id=clean(one.message_id)[:255],
        recipient=clean(one.recipient),
        error_code=clean(one.reject_reason)[:32],
        occurred_at=_in_utc(one.timestamp),
        payload=payload,
    )
    if not (report.provider_id or report.attempt_id):
        return Ended(Outcome.UNMATCHED, f"{report.provider_status}: it names no message.")
    return ended(record_status(report), report)


def _in_utc(at: datetime | None) -> datetime | None:
    """A time that names no zone is in UTC, as every provider's documentation has it."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _attempt(metadata: Any) -> UUID | None:
    """Our own id of the attempt, where the provider carries metadata."""
    try:
        return UUID(str(metadata["attempt_id"]))
    except (TypeError, KeyError, ValueError):
        return None


def _storable(esp_event: Any) -> dict[str, Any]:
    """The provider's own words, as JSON that every database takes."""
    fields = esp_event.dict() if hasattr(esp_event, "dict") else esp_event
    kept = clean_json(json.loads(json.dumps(fields, default=str)))
    return kept if isinstance(kept, dict) else {"event": kept}
