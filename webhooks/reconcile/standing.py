"""How far messages of ours are that were sent a while ago and that nobody reported on since.

What the provider says is journalled as the webhook that never came, and recorded as one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Collection, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone

from channels_out.adapters.registry import adapter_for, asked_on
from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.errors import NotSupported
from channels_out.models import Delivery, DeliveryAttempt
from channels_out.outbox.line import line
from channels_out.outgoing import Standing
from channels_out.state import State
from channels_out.statuses import state_of
from webhooks.body import body_of
from webhooks.esp.bounces import PROVIDER as SMTP
from webhooks.journal import Arrival, record
from webhooks.models import Kind, Round
from webhooks.reconcile import rounds
from webhooks.reconcile.received import FORM
from webhooks.reconcile.rounds import EVERY, advance
from webhooks.twilio.keys import PROVIDER, status_key

# Side by side; providers refuse an account that asks too much at once.
BATCH = 20
JSON = "application/json"
Answer = list[Standing] | BaseException
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """The deliveries whose turn it is, in the order they were sent, and the question about their attempts."""

    deliveries: list[Delivery]
    attempts: list[DeliveryAttempt]
    answers: Future[list[Answer]]


def begin(rung: Round, now: datetime) -> Asked:
    """Begins to ask about the next of those that were sent as long ago as this round's name says."""
    age = timedelta(seconds=int(rung.name.rpartition(":")[2]))
    deliveries = _unheard(rung, now - age)
    attempts = _attempts(deliveries)
    questions = [
        adapter_for(each.delivery.channel).standing_of(_known_as(each), each.account)
        for each in attempts
    ]
    return Asked(deliveries, attempts, line().run(_all(questions)))


def finish(rung: Round, asked: Asked, now: datetime) -> None:
    """Journals what is news. Raises what one of the questions raised, after the others were heard."""
    answers = asked.answers.result()
    for attempt, answer in zip(asked.attempts, answers, strict=True):
        if isinstance(answer, NotSupported):
            log.warning("Nobody can be asked about attempt %s: %s", attempt.pk, answer)
        elif isinstance(answer, list):
            _record_news(attempt, answer)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, NotSupported):
            raise answer
    is_full = len(asked.deliveries) == BATCH
    last = asked.deliveries[-1] if asked.deliveries else None
    if last is None or last.sent_at is None:
        advance(rung, rung.reached, now + EVERY, rung.reached_id)
    else:
        advance(rung, last.sent_at, now if is_full else now + EVERY, last.pk)


def _unheard(rung: Round, until: datetime) -> list[Delivery]:
    """Each is asked about once on this round, whatever comes of it: a receipt may never come."""
    channels = rounds.standing_channels(rung)
    # The first two as the partial index is written.
    waiting = Delivery.objects.filter(state=State.SENT).exclude(provider=SMTP)
    waiting = waiting.filter(channel__in=channels, provider__in=_providers(channels))
    after = Q(sent_at__gt=rung.reached)
    if rung.reached_id:
        after |= Q(sent_at=rung.reached, pk__gt=rung.reached_id)
    found = waiting.filter(after, sent_at__lte=until, sent_at__gte=rung.reached)
    return list(found.order_by("sent_at", "id").defer("payload")[:BATCH])


def _providers(channels: Collection[str]) -> set[str]:
    """Who can be asked, and whose webhooks are known here: Twilio's, and of mail those that Anymail reads."""
    asked = set(map(asked_on, channels))
    return asked if Channel.EMAIL in channels else asked & {PROVIDER}


def _attempts(deliveries: list[Delivery]) -> list[DeliveryAttempt]:
    """The attempts that the provider took, one of each delivery."""
    by_id = {each.pk: each for each in deliveries}
    tries = DeliveryAttempt.objects.filter(Among("delivery", by_id), outcome=State.SENT)
    taken = {}
    for attempt in tries.order_by("number"):
        attempt.delivery = by_id[attempt.delivery_id]
        if _names(attempt) == _names(attempt.delivery):
            taken[attempt.delivery_id] = attempt
    return [*taken.values()]


def _names(row: Delivery | DeliveryAttempt) -> tuple[str, str]:
    return row.provider, row.provider_id


def _known_as(attempt: DeliveryAttempt) -> str:
    return attempt.provider_id or attempt.delivery.message_id


async def _all(questions: list[Coroutine[Any, Any, list[Standing]]]) -> list[Answer]:
    return await asyncio.gather(*questions, return_exceptions=True)


def _record_news(attempt: DeliveryAttempt, standings: list[Standing]) -> None:
    arrival = _of_mail if attempt.delivery.channel == Channel.EMAIL else _of_text
    for standing in standings:
        if _is_news(attempt.provider, standing):
            record(arrival(attempt, standing))


def _is_news(provider: str, standing: Standing) -> bool:
    return state_of(provider, standing.word) not in (None, State.SENT)


def _of_text(attempt: DeliveryAttempt, standing: Standing) -> Arrival:
    """What the callback would have been."""
    word, code = standing.word, standing.error_code
    parameters = {
        "MessageSid": attempt.provider_id,
        "MessageStatus": word,
        "AccountSid": attempt.account,
    }
    if code:
        parameters["ErrorCode"] = code
    return Arrival(
        kind=Kind.TWILIO_STATUS,
        provider=PROVIDER,
        key=status_key(attempt.provider_id, word, code, attempt.pk),
        account=attempt.account,
        path=f"/webhooks/twilio/status/{attempt.pk}/",
        content_type=FORM,
        body=body_of(urlencode(parameters).encode()),
        happened_at=min(standing.at, timezone.now()),
        recovered_at=timezone.now(),
    )


def _of_mail(attempt: DeliveryAttempt, standing: Standing) -> Arrival:
    """What the tracking webhook would have been. It is no repeat of one, which has another key; its status is."""
    about = (attempt.pk, standing.word, standing.recipient, standing.at.isoformat())
    return Arrival(
        kind=Kind.EMAIL_TRACKING,
        provider=attempt.provider,
        key=":".join(map(str, about)),
        path=f"/webhooks/email/{attempt.provider}/tracking/",
        content_type=JSON,
        body=body_of(json.dumps(standing.posted).encode()),
        happened_at=min(standing.at, timezone.now()),
        recovered_at=timezone.now(),
    )
