"""What a person may do with a delivery. Each answers with the delivery as it now stands."""

from django.db import transaction

from channels_out.models import Delivery
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.record import locked
from channels_out.state import State


class NotPossible(Exception):
    """What was asked for does not fit the state the delivery is in by now."""


def retry(delivery: Delivery) -> Delivery:
    """Send a failed message again; patience with errors starts anew."""
    return _again(delivery, State.FAILED, "Only a failed message can be sent again")


def cancel(delivery: Delivery) -> Delivery:
    """Take back a message that has not begun to go out."""
    with transaction.atomic(), Ledger() as ledger:
        current = _current(delivery, State.QUEUED, "Only a waiting message can be taken back")
        ledger.cancel(current)
    return current


def settle(delivery: Delivery, *, was_sent: bool) -> Delivery:
    """A person says whether a message in doubt went out; if not, it is sent again."""
    problem = "Only a message in doubt can be settled"
    if not was_sent:
        return _again(delivery, State.IN_DOUBT, problem)
    with transaction.atomic(), Ledger() as ledger:
        current = _current(delivery, State.IN_DOUBT, problem)
        attempt = current.tries.get(number=current.attempts)
        ledger.advance(current, attempt, State.SENT)
    return current


def _again(delivery: Delivery, expected: State, problem: str) -> Delivery:
    with transaction.atomic(), Ledger() as ledger:
        current = _current(delivery, expected, problem)
        if current.stale_at:
            current.stale_at += ledger.at - current.queued_at
        current.queued_at = ledger.at
        if _was_taken(current):  # whoever is on copy has it
            current.payload.pop("cc", None)
        current.save(update_fields=["queued_at", "stale_at", "payload"])
        ledger.requeue(current, ledger.at)
    return current


def _was_taken(delivery: Delivery) -> bool:
    """Whether a provider took it once, whatever became of it after that."""
    return delivery.sent_at is not None or delivery.tries.exclude(provider="").exists()


def _current(delivery: Delivery, expected: State, problem: str) -> Delivery:
    [current] = locked([delivery.pk])
    if current.state != expected:
        raise NotPossible(f"{problem}; this one is {current.get_state_display().lower()}.")
    return current
