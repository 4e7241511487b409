"""How fast a sender sends. Its `next_at` is in the database, so all workers share it."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from channels_out.among import Among
from channels_out.errors import CredentialsRefused
from channels_out.models import Delivery, Sender
from channels_out.outbox import rows
from channels_out.outbox.claimed import FROM_COLUMNS, Due, From
from channels_out.questions import Asked, Question
from channels_out.state import State

logger = logging.getLogger(__name__)

# A claim takes what a sender may send within this time: long enough for a quick sender to keep
# its pace between two claims, short enough that a killed worker leaves few in doubt.
HORIZON = timedelta(seconds=1)

# A sender whose credentials were refused tries one message this often, so that it resumes by
# itself once they are mended.
PROBE_EVERY = timedelta(minutes=5)

# NO KEY: whoever inserts a row that names a sender waits for no claim, nor a claim for him.
LOCKED = Question(
    lambda ids: (
        Sender.objects.select_for_update(no_key=True)
        .filter(Among("pk", ids))
        .order_by("pk")
        .values_list(*FROM_COLUMNS)
    ),
    [UUID(int=1)],
)


def lock_senders(deliveries: list[Due]) -> Asked:
    """Locks the senders of these, in sorted order, for `give_senders`."""
    return LOCKED.ask({delivery.sender_id for delivery in deliveries if delivery.sender_id})


def give_senders(deliveries: list[Due], locked: Asked) -> None:
    """Gives each delivery its locked sender; of several with the same one it is one object."""
    senders = {row[0]: From(*row) for row in locked.rows()}
    for delivery in deliveries:
        delivery.sender = senders[delivery.sender_id] if delivery.sender_id else None


def take_turns(deliveries: list[Due], now: datetime) -> list[tuple[Due, datetime]]:
    """Those deliveries that may go within the horizon, each with its moment, in order.

    Moves their senders' `next_at` on, which wants them locked (`lock_senders`) and saved (`save_turns`).
    """
    turns = []
    for delivery in deliveries:
        turn = _next_turn(delivery.sender, now) if delivery.sender else now
        if turn is not None:
            turns.append((delivery, turn))
    return turns


def have_no_turn_left(deliveries: list[Due], now: datetime) -> set[UUID]:
    """The senders of these that gave all the turns they have within the horizon."""
    senders = (each.sender for each in deliveries if each.sender)
    return {each.id for each in senders if each.next_at >= now + HORIZON}


def save_turns(deliveries: list[Due]) -> None:
    """Keeps until when the senders of these have given turns."""
    turns = {each.sender.id: each.sender.next_at for each in deliveries if each.sender}
    if turns:
        rows.update(Sender, {"id": [*turns], "next_at": [*turns.values()]})


def pause(sender: Sender, reason: str, at: datetime) -> None:
    """Stop a sender whose credentials were refused; its queue is kept."""
    this = Sender.objects.filter(pk=sender.pk)
    if this.filter(paused_at=None).update(paused_at=at, paused_reason=reason[:255]):
        logger.error("Sender %s is paused", sender.pk)
    this.update(next_at=at + PROBE_EVERY)


def resume(sender: Sender) -> None:
    """Let a paused sender send again, at once, beginning with what waited for that.

    Like a claim, it locks deliveries before senders, and waits for no delivery.
    """
    with transaction.atomic():
        now = timezone.now()
        waiting = sender.deliveries.select_for_update(skip_locked=True).filter(
            state=State.QUEUED, error_name=CredentialsRefused.code
        )
        ids = list(waiting.order_by("pk").values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=ids).update(due_at=now)
        paused = Sender.objects.filter(pk=sender.pk, paused_at__isnull=False)
        if paused.update(paused_at=None, paused_reason="", next_at=now):
            logger.warning("Sender %s sends again", sender.pk)


def slow_down(sender: Sender, until: datetime) -> None:
    """Keep a sender quiet until then, because its provider asks for it."""
    Sender.objects.filter(pk=sender.pk).update(next_at=Greatest(F("next_at"), until))


def _next_turn(sender: From, now: datetime) -> datetime | None:
    if not sender.is_active:
        return None
    turn = max(sender.next_at, now)
    if turn >= now + HORIZON:
        return None
    gap = PROBE_EVERY if sender.paused_at else timedelta(seconds=1 / sender.pace)
    sender.next_at = turn + gap
    return turn
