"""From a mail and its envelope to the door in."""

from __future__ import annotations

from email.message import Message

from gateway.inbound.receive import receive
from webhooks.esp.bounces import record_reports
from webhooks.esp.envelope import Envelope
from webhooks.mail import read_mail
from webhooks.models import InboundEvent
from webhooks.outcome import Ended, Outcome, first_of

NOBODY = Ended(Outcome.UNMATCHED, "Nobody it was meant for was found.")


def hand_over(source: bytes | Message, envelope: Envelope, event: InboundEvent) -> Ended:
    """Reads one mail under guard and takes it in, for each conversation it belongs to.

    A report on a mail of ours is a step of that delivery and no message.
    """
    mail = read_mail(
        source,
        envelope_recipients=envelope.recipients,
        envelope_sender=envelope.sender,
        stripped_text=envelope.stripped_text,
        is_spam=envelope.is_spam,
        dmarc=envelope.dmarc,
        event_id=event.id,
        received_at=event.received_at,
    )
    ends = record_reports(mail.reports) or [Ended.of(received) for received in receive(mail)]
    return first_of(ends, NOBODY)
