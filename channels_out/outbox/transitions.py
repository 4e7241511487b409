"""How a delivery changes its state. Every function wants its row locked, in a transaction."""

from datetime import datetime, timedelta
from random import SystemRandom

from channels_out import conf
from channels_out.adapters.registry import adapter_for
from channels_out.errors import (
    CredentialsRefused,
    NotSupported,
    OptedOut,
    Retry,
    SendError,
    TooFast,
    Uncertain,
)
from channels_out.models import Delivery, DeliveryAttempt
from channels_out.outbox.pace import pause, resume, slow_down
from channels_out.outgoing import Sent
from channels_out.signals import delivery_changed
from channels_out.state import ARRIVED, OnDoubt, State, is_news
from channels_out.suppression import scope_of, suppress

# A notification is sent again this often under one Message-ID before a person has to look.
RESENDS = 3

_random = SystemRandom()


def accept(delivery: Delivery, attempt: DeliveryAttempt, sent: Sent, at: datetime) -> None:
    """The provider took it: bind its id to the attempt and move forward."""
    attempt.provider, attempt.provider_id = sent.provider, sent.provider_id
    attempt.account = sent.account or attempt.account
    attempt.finished_at = attempt.finished_at or at
    if delivery.sender and delivery.sender.paused_at:
        resume(delivery.sender)
    if not advance(delivery, attempt, sent.status, at):
        attempt.save()


def refuse(delivery: Delivery, attempt: DeliveryAttempt, error: SendError, at: datetime) -> None:
    """It did not go out, or nobody knows: failure becomes state here and nowhere else."""
    if attempt.outcome not in (State.SENDING, State.IN_DOUBT):
        return  # the provider's own report came first and knows more
    _note(attempt, error, at)
    _heed(delivery, error, at)
    if not _is_latest(attempt, delivery) or delivery.state not in (State.SENDING, State.IN_DOUBT):
        return
    if isinstance(error, Uncertain):
        doubt(delivery, error, at)
    elif error.retry and _has_patience(delivery, error, error.retry, at):
        requeue(delivery, at + _pause_before(delivery, error, error.retry), error)
    else:
        fail(delivery, error, at)


def advance(
    delivery: Delivery,
    attempt: DeliveryAttempt,
    state: State,
    at: datetime,
    error: SendError | None = None,
) -> bool:
    """Take a report of how far an attempt is; whether it told anything new.

    An earlier attempt's failure is no news of the delivery: a later one is under way.
    """
    if not _is_news_of(attempt, delivery.channel, state, error):
        return False
    attempt.outcome = state
    if error is not None:
        _describe(attempt, error)
        _heed(delivery, error, at)
    attempt.save()
    if state != State.FAILED and is_news(delivery.channel, delivery.state, state):
        _move(delivery, state, at, provider=attempt.provider, provider_id=attempt.provider_id)
    elif state == State.FAILED and _ends_with(attempt, delivery):
        fail(delivery, error or SendError(), at)
    return True


def fail(delivery: Delivery, error: SendError, at: datetime) -> None:
    """It will not go out by itself: keep why, and what its owner can do."""
    next_step = SendError.next_step if error.retry else error.next_step
    _move(delivery, State.FAILED, at, error=error, next_step=next_step)


def requeue(delivery: Delivery, due_at: datetime, error: SendError | None = None) -> None:
    """Put it back in the queue until `due_at`."""
    _move(delivery, State.QUEUED, due_at, error=error, due_at=due_at)


def doubt(delivery: Delivery, error: SendError, at: datetime) -> None:
    """Nobody knows whether it went out: ask later, send again, or wait for a person."""
    if can_be_asked(delivery.channel) or may_resend(delivery):
        _move(delivery, State.IN_DOUBT, at, error=error, due_at=at + conf.resolve_after())
    else:
        wait_for_a_person(delivery, error, at)


def wait_for_a_person(delivery: Delivery, error: SendError, at: datetime) -> None:
    """Keep it in doubt until somebody says whether it went out."""
    _move(
        delivery,
        State.IN_DOUBT,
        at,
        error=error,
        next_step=Uncertain.nobody_to_ask,
        due_at=None,
    )


def can_be_asked(channel: str) -> bool:
    """Whether somebody knows what became of a message on this channel."""
    try:
        return adapter_for(channel).can_be_asked
    except NotSupported:
        return False


def may_resend(delivery: Delivery) -> bool:
    """Whether a repetition under the same Message-ID is harmless, and not too often yet."""
    return delivery.on_doubt == OnDoubt.RESEND and _tries(delivery, Uncertain()) <= RESENDS


def cancel(delivery: Delivery, at: datetime) -> None:
    """Take it out of the queue for good."""
    _move(delivery, State.CANCELLED, at, due_at=None)


def _move(
    delivery: Delivery,
    state: State,
    at: datetime,
    *,
    error: SendError | None = None,
    next_step: str = "",
    due_at: datetime | None = None,
    provider: str = "",
    provider_id: str = "",
) -> None:
    previous, delivery.state = delivery.state, state
    delivery.lease_until, delivery.due_at = None, due_at
    _describe(delivery, error)
    delivery.reason = error.reason if error else ""
    delivery.next_step = next_step or (error.next_step if error else "")
    delivery.provider = provider or delivery.provider
    delivery.provider_id = provider_id or delivery.provider_id
    _stamp(delivery, state, at)
    delivery.save()
    delivery_changed.send(sender=Delivery, delivery=delivery, previous_state=State(previous))


def _stamp(delivery: Delivery, state: State, at: datetime) -> None:
    if state in ARRIVED:
        delivery.sent_at = delivery.sent_at or at
    if state in (State.DELIVERED, State.READ):
        delivery.delivered_at = delivery.delivered_at or at
    if state == State.READ:
        delivery.read_at = at
    delivery.failed_at = at if state == State.FAILED else None


def _describe(row: Delivery | DeliveryAttempt, error: SendError | None) -> None:
    row.error_name = error.code if error else ""
    row.error_code = error.error_code if error else ""


def _note(attempt: DeliveryAttempt, error: SendError, at: datetime) -> None:
    attempt.outcome = State.IN_DOUBT if isinstance(error, Uncertain) else State.FAILED
    attempt.finished_at = at
    attempt.detail = error.detail
    _describe(attempt, error)
    attempt.save()


def _heed(delivery: Delivery, error: SendError, at: datetime) -> None:
    """Draw the conclusions that reach beyond this delivery."""
    if isinstance(error, OptedOut):
        scope = scope_of(delivery.sender)
        suppress(delivery.channel, scope, delivery.to_address, reason="provider")
    elif delivery.sender is None:
        return
    elif isinstance(error, CredentialsRefused):
        pause(delivery.sender, error.detail or error.reason, at)
    elif isinstance(error, TooFast):
        slow_down(delivery.sender, at + timedelta(seconds=error.retry_after))


def _has_patience(delivery: Delivery, error: SendError, retry: Retry, at: datetime) -> bool:
    if retry.age is not None and at - delivery.queued_at > retry.age:
        return False
    return retry.tries is None or _tries(delivery, error) < retry.tries


def _pause_before(delivery: Delivery, error: SendError, retry: Retry) -> timedelta:
    doublings = min(_tries(delivery, error) - 1, 20)
    pause = min(retry.longest, retry.first * 2**doublings)
    jittered = pause * _random.uniform(0.5, 1.0)
    return timedelta(seconds=max(jittered, error.retry_after))


def _tries(delivery: Delivery, error: SendError) -> int:
    """How often this error came since the delivery was last asked for."""
    return delivery.tries.filter(error_name=error.code, started_at__gte=delivery.queued_at).count()


def _is_latest(attempt: DeliveryAttempt, delivery: Delivery) -> bool:
    return attempt.number == delivery.attempts


def _ends_with(attempt: DeliveryAttempt, delivery: Delivery) -> bool:
    """Whether the failure of this attempt is the failure of the delivery."""
    if not _is_latest(attempt, delivery) or delivery.state in (State.QUEUED, State.CANCELLED):
        return False
    is_failed = delivery.state == State.FAILED
    return is_failed or is_news(delivery.channel, delivery.state, State.FAILED)


def _is_news_of(
    attempt: DeliveryAttempt, channel: str, state: State, error: SendError | None
) -> bool:
    if state == attempt.outcome == State.FAILED:
        # The same failure may come first without its code, then with it.
        return bool(error and error.error_code and not attempt.error_code)
    return is_news(channel, attempt.outcome, state)
