from datetime import datetime, timedelta
from email.utils import make_msgid

from django.db.models import F
from django.utils import timezone

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.conf import mail_domain
from channels_out.metrics import count_queued
from channels_out.models import Delivery, Sender
from channels_out.outgoing import Rendered
from channels_out.signals import deliveries_due
from channels_out.state import OnDoubt, State


def enqueue(
    *,
    channel: str,
    to_address: str,
    rendered: Rendered,
    sender: Sender | None = None,
    purpose: str = "",
    lane: str = "",
    on_doubt: str = OnDoubt.ASK,
    message_id: str = "",
    due_at: datetime | None = None,
    stale_after: timedelta | None = None,
) -> Delivery:
    """Put one rendered message in the queue: one insert, in the caller's transaction.

    `lane` names what must stay in order. A mail without `message_id` gets one, because being sent
    twice under one id is what makes a repetition harmless. What has not begun `stale_after` it was asked
    for fails as out of date. Raises ValueError for a phone channel
    without one of our senders.
    """
    if channel in PHONE_CHANNELS and (sender is None or sender.channel != channel):
        raise ValueError(f"Give a sender of the channel {channel}: a message needs a number.")
    now = timezone.now()
    delivery = Delivery.objects.create(
        channel=channel,
        sender=sender,
        to_address=to_address,
        payload=rendered.to_payload(),
        purpose=purpose,
        lane=lane,
        on_doubt=on_doubt,
        message_id=message_id or _new_message_id(channel),
        due_at=due_at or now,
        stale_at=now + stale_after if stale_after else None,
        queued_at=now,
    )
    count_queued(channel)
    deliveries_due.send(sender=Delivery)
    return delivery


def hasten(lane: str, *, by: timedelta, into: str) -> int:
    """Brings forward what waits in a lane for a later time, and puts it in order in another one; how much that was.

    In the caller's transaction.
    """
    now = timezone.now()
    waiting = Delivery.objects.filter(lane=lane, state=State.QUEUED, due_at__gt=now)
    # In the outbox's order, so that two who lock the same rows never wait for each other.
    locked = list(
        waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)
    )
    if not locked:
        return 0
    deliveries_due.send(sender=Delivery)
    return waiting.filter(pk__in=locked).update(due_at=F("due_at") - by, lane=into)


def _new_message_id(channel: str) -> str:
    return make_msgid(domain=mail_domain()) if channel == Channel.EMAIL else ""
