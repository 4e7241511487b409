"""How long to go on with a message by ourselves, and how to find out about one in doubt."""

from datetime import datetime, timedelta
from random import SystemRandom

from channels_out.adapters.registry import adapter_for
from channels_out.errors import SendError, Uncertain
from channels_out.models import Delivery, DeliveryAttempt
from channels_out.state import OnDoubt

# A notification is sent again this often under one Message-ID before a person has to look.
RESENDS = 3

# And as soon as this, where its provider can be asked and has nothing so far: being told twice is better than
# being told half an hour late.
RESENT_AFTER = timedelta(minutes=2)

# Doubling a pause more often than this passes every longest pause there is.
DOUBLINGS = 20

_random = SystemRandom()


def has_patience(delivery: Delivery, error: SendError, now: datetime) -> bool:
    """Whether a message that met this error is tried again by itself."""
    if error.retry is None:
        return False
    if error.retry.age is not None and now - delivery.queued_at > error.retry.age:
        return False
    return error.retry.tries is None or _tries(delivery, error) < error.retry.tries


def pause_before(delivery: Delivery, error: SendError) -> timedelta:
    """How long to wait before the next try: doubling, with jitter, at least what was asked for."""
    if error.retry is None:
        return timedelta()
    doubled = error.retry.first * 2 ** min(_tries(delivery, error) - 1, DOUBLINGS)
    jittered = min(error.retry.longest, doubled) * _random.uniform(0.5, 1.0)
    return timedelta(seconds=max(jittered, error.retry_after))


def may_yet_appear(delivery: Delivery, attempt: DeliveryAttempt, now: datetime) -> bool:
    """Whether a provider that has nothing of this attempt may only not have it to show yet.

    Where a repetition is harmless, that is not waited for to the end.
    """
    longest = adapter_for(delivery.channel).appears_within
    if may_resend(delivery):
        longest = min(longest, RESENT_AFTER)
    return now - attempt.started_at < longest


def may_resend(delivery: Delivery) -> bool:
    """Whether a repetition under the same Message-ID is harmless, and not too often yet."""
    return delivery.on_doubt == OnDoubt.RESEND and not is_repeated_enough(delivery)


def is_repeated_enough(delivery: Delivery) -> bool:
    """Whether its outcome was unknown so often that a person has to look."""
    return _tries(delivery, Uncertain()) > RESENDS


def _tries(delivery: Delivery, error: SendError) -> int:
    """How often this error came since the delivery was last asked for, this time included."""
    if delivery.attempts <= 1:
        return 1
    earlier = delivery.tries.filter(
        error_name=error.code,
        started_at__gte=delivery.queued_at,
        number__lt=delivery.attempts,
    )
    return earlier.count() + 1
