"""A journalled status callback becomes a step of a delivery.

Source: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

from uuid import UUID

from channels_out.outbox import StatusOutcome, StatusReport, record_status
from webhooks.models import InboundEvent
from webhooks.outcome import Ended, Outcome
from webhooks.text import clean
from webhooks.twilio.form import read_form, word

ENDS = {
    StatusOutcome.RECORDED: Outcome.STATUS_RECORDED,
    StatusOutcome.NOTHING_NEW: Outcome.STATUS_RECORDED,
    StatusOutcome.DUPLICATE: Outcome.DUPLICATE,
    StatusOutcome.UNMATCHED: Outcome.UNMATCHED,
    StatusOutcome.FOREIGN: Outcome.REFUSED,
}


def take_in(event: InboundEvent) -> Ended:
    """Hands the status to the outbox."""
    form = read_form(event.read_body(), event.content_type)
    report = StatusReport(
        provider="twilio",
        provider_status=word(form, "MessageStatus", "SmsStatus").lower()[:64],
        attempt_id=UUID(event.path.partition("?")[0].rstrip("/").rpartition("/")[2]),
        provider_id=word(form, "MessageSid", "SmsSid")[:255],
        account=word(form, "AccountSid")[:64],
        error_code=word(form, "ErrorCode")[:32],
        occurred_at=event.received_at if event.recovered_at else None,
        payload={clean(name): clean(value) for name, value in form.items()},
    )
    return ended(record_status(report), report)


def ended(outcome: StatusOutcome, report: StatusReport) -> Ended:
    """What the outbox answered, in the journal's words."""
    return Ended(ENDS[outcome], f"{report.provider_status}: {outcome.value}"[:500])
