"""How far texts of ours are that were sent a while ago and that nobody reported on since.

What the provider says is journalled as the status callback that never came, and recorded as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone

from channels_out.adapters.registry import adapter_for
from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.models import Delivery, DeliveryAttempt
from channels_out.outbox.line import line
from channels_out.outgoing import Standing
from channels_out.state import State
from channels_out.statuses import state_of
from webhooks.body import body_of
from webhooks.journal import Arrival, record
from webhooks.models import Kind, Round
from webhooks.reconcile.received import FORM
from webhooks.reconcile.rounds import EVERY, advance
from webhooks.twilio.keys import PROVIDER, status_key

# Side by side; Twilio refuses an account that asks too much at once.
BATCH = 20
Answer = Standing | None | BaseException


@dataclass(frozen=True)
class Asked:
    """The deliveries whose turn it is, in the order they were sent, and the question about their attempts."""

    deliveries: list[Delivery]
    attempts: list[DeliveryAttempt]
    answers: Future[list[Answer]]


def begin(rung: Round, now: datetime) -> Asked:
    """Begins to ask about the next of those that were sent as long ago as this round's name says."""
    age = timedelta(seconds=int(rung.name.partition(":")[2]))
    deliveries = _unheard(rung, now - age)
    attempts = _attempts(deliveries)
    questions = [
        adapter_for(each.delivery.channel).standing_of(each.provider_id, each.account)
        for each in attempts
    ]
    return Asked(deliveries, attempts, line().run(_all(questions)))


def finish(rung: Round, asked: Asked, now: datetime) -> None:
    """Journals what is news. Raises what one of the questions raised, after the others were heard."""
    answers = asked.answers.result()
    for attempt, answer in zip(asked.attempts, answers, strict=True):
        if isinstance(answer, Standing) and _is_news(answer):
            record(_arrival(attempt, answer))
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    is_full = len(asked.deliveries) == BATCH
    last = asked.deliveries[-1] if asked.deliveries else None
    if last is None or last.sent_at is None:
        advance(rung, rung.reached, now + EVERY, rung.reached_id)
    else:
        advance(rung, last.sent_at, now if is_full else now + EVERY, last.pk)


def _unheard(rung: Round, until: datetime) -> list[Delivery]:
    """Each is asked about once on this round, whatever comes of it: a receipt may never come."""
    # As the partial index is written.
    waiting = Delivery.objects.filter(state=State.SENT).exclude(channel=Channel.EMAIL)
    after = Q(sent_at__gt=rung.reached)
    if rung.reached_id:
        after |= Q(sent_at=rung.reached, pk__gt=rung.reached_id)
    found = waiting.filter(after, sent_at__lte=until, sent_at__gte=rung.reached)
    return list(found.order_by("sent_at", "id").defer("payload")[:BATCH])


def _attempts(deliveries: list[Delivery]) -> list[DeliveryAttempt]:
    """The attempts that the provider took, where it is one that can be asked."""
    listed = [each for each in deliveries if adapter_for(each.channel).can_list]
    by_id = {(each.pk, each.provider_id): each for each in listed if each.provider == PROVIDER}
    attempts = DeliveryAttempt.objects.filter(
        Among("provider_id", [provider_id for _, provider_id in by_id]), provider=PROVIDER
    ).exclude(provider_id="")
    taken = [each for each in attempts if (each.delivery_id, each.provider_id) in by_id]
    for attempt in taken:
        attempt.delivery = by_id[attempt.delivery_id, attempt.provider_id]
    return taken


async def _all(questions: list[Coroutine[Any, Any, Standing | None]]) -> list[Answer]:
    return await asyncio.gather(*questions, return_exceptions=True)


def _is_news(standing: Standing) -> bool:
    return state_of(PROVIDER, standing.word) not in (None, State.SENT)


def _arrival(attempt: DeliveryAttempt, standing: Standing) -> Arrival:
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
