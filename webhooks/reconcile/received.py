"""What came in for a number of ours: what the provider lists and never posted is journalled as if it had.

A list has less than a webhook: no name and no user id of a WhatsApp user, no quote, no place, no contact,
no data of a pressed button (its words are the text), and not what Advanced Opt-Out took a text for.
Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.models import Sender
from channels_out.outbox.line import line
from channels_out.outgoing import Heard, HeardFile
from webhooks.body import body_of
from webhooks.journal import Arrival, record, unknown
from webhooks.models import Kind, Round
from webhooks.reconcile.rounds import EVERY, advance
from webhooks.twilio.inbound import WHATSAPP
from webhooks.twilio.keys import PROVIDER, lane_of, message_key

# Its webhook may still be on its way.
YOUNG = timedelta(minutes=2)
# What is listed late, or dated by a clock that is not ours.
OVERLAP = timedelta(hours=1)
A_DAY = timedelta(days=1)
PATH = "/webhooks/twilio/inbound/"
FORM = "application/x-www-form-urlencoded"
Listed = Future[list[Heard]]
log = logging.getLogger(__name__)


def begin(number: Round, sender: Sender, now: datetime) -> Listed:
    """Begins to ask what came in since the last time."""
    since = number.reached - OVERLAP
    adapter = adapter_for(sender.channel)
    return line().run(adapter.received(sender.channel, sender.address, since, _until(since, now)))


def finish(number: Round, channel: str, listed: Listed, now: datetime) -> None:
    """Journals what is missing, the oldest first. Raises SendError where the provider did not answer.

    What is younger than YOUNG is left to its webhook. After a long time the days are asked for one by one.
    """
    heard = [each for each in listed.result() if each.provider_id and each.sent_at <= now - YOUNG]
    for message in _missing(heard):
        files = line().run(adapter_for(channel).files_of(message)).result() if message.files else []
        if record(_arrival(message, channel, files)):
            log.warning("Message %s was never posted and is taken in now", message.provider_id)
    until = _until(number.reached - OVERLAP, now)
    reached = max(until or now - YOUNG, number.reached)
    advance(number, reached, due_at=now if until else now + EVERY)


def _until(since: datetime, now: datetime) -> datetime | None:
    """A midnight, so that a list is never longer than a day and an hour; None for all that there is.

    The API promises to look at the date alone, so it is asked for no other end.
    """
    day = (since + OVERLAP + A_DAY).astimezone(UTC).date()
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    return midnight if midnight <= now - A_DAY else None


def _missing(heard: list[Heard]) -> list[Heard]:
    keys = {message_key(each.account, each.provider_id): each for each in heard}
    missing = unknown(Kind.TWILIO_INBOUND, PROVIDER, keys)
    return [message for key, message in keys.items() if key in missing]


def _arrival(message: Heard, channel: str, files: list[HeardFile]) -> Arrival:
    """What the webhook would have been."""
    prefix = WHATSAPP if channel == Channel.WHATSAPP else ""
    sender, to = f"{prefix}{message.from_address}", f"{prefix}{message.to_address}"
    return Arrival(
        kind=Kind.TWILIO_INBOUND,
        provider=PROVIDER,
        key=message_key(message.account, message.provider_id),
        account=message.account,
        lane=lane_of(to, sender),
        path=PATH,
        content_type=FORM,
        body=body_of(urlencode(dict(_parameters(message, sender, to, files))).encode()),
        happened_at=min(message.sent_at, timezone.now()),
        recovered_at=timezone.now(),
    )


def _parameters(
    message: Heard, sender: str, to: str, files: list[HeardFile]
) -> Iterator[tuple[str, str]]:
    yield "MessageSid", message.provider_id
    yield "AccountSid", message.account
    yield "From", sender
    yield "To", to
    yield "Body", message.text
    yield "NumMedia", str(len(files))
    if message.messaging_service:
        yield "MessagingServiceSid", message.messaging_service
    for number, file in enumerate(files):
        yield f"MediaUrl{number}", file.url
        yield f"MediaContentType{number}", file.content_type
