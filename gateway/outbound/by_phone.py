"""An answer on its way to a phone: as free text, or in a WhatsApp template."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Delivery, Sender
from channels_out.outbox import enqueue, hasten
from channels_out.outgoing import Rendered
from channels_out.sms import segments_of
from gateway.addresses import normalize
from gateway.models import CustomerMessage, MessageReply, Silence
from gateway.outbound.limits import count_texts
from gateway.outbound.progress import AWAY, PURPOSE, WAITING, waits
from gateway.outbound.render_text import texts_to_customer
from gateway.outbound.templates import Filled
from gateway.outbound.ways import Way
from gateway.routes import lane_of, passed_outbound

# Later than this an answer may be out of date: its writer is asked.
STALE_AFTER = timedelta(hours=24)
# Later the business may be open again.
AWAY_STALE_AFTER = timedelta(hours=1)
# How long an answer waits for the customer to write, after a template has asked him to.
WAITS_FOR = timedelta(days=3)
# Due so much later than it might begin, and by then out of date, it never begins by itself.
OUT_OF_DATE = 2 * WAITS_FOR
# A phone that is switched on says within seconds that it has a message.
HEARD_WITHIN = timedelta(hours=24)


def texts_to_phone(
    message: CustomerMessage,
    reply: MessageReply,
    way: Way,
    sender: Sender,
    due_at: datetime | None,
) -> list[Delivery]:
    """Puts an answer in the outbox as texts, in the caller's transaction. Raises OverBudget.

    A template that only asks the customer to write goes out at once, the answer once he does.
    """
    free = texts_to_customer(
        message, reply.reply, list(reply.attachments.all()), sender, way.address
    )
    passed_outbound(message, sender, way.address, reply.created_at)
    if way.filled is None:
        deliveries = _enqueue(reply, way, sender, free, due_at)
    elif way.filled.template.carries_answer:
        deliveries = _enqueue(reply, way, sender, [_in_template(way.filled)], due_at)
    else:
        deliveries = _ask_first(reply, way, sender, way.filled, free, due_at)
    count_texts(message.business, segments_in(deliveries))
    is_awaited = way.channel == Channel.WHATSAPP and all(not waits(each) for each in deliveries)
    if is_awaited and not reply.is_automatic:
        begins = due_at or timezone.now()
        Silence.objects.create(reply=reply, due_at=begins + HEARD_WITHIN)
    return deliveries


def terms_of(reply: MessageReply) -> dict[str, Any]:
    """Its purpose in the outbox and how long it may wait there.

    What follows up on answers looks at the purpose, and so leaves an away answer alone.
    """
    if reply.is_automatic:
        return {"purpose": AWAY, "stale_after": AWAY_STALE_AFTER}
    return {"purpose": PURPOSE, "stale_after": STALE_AFTER}


def customer_wrote(sender: Sender, address: str) -> None:
    """Lets go out what waited for the customer to write to this WhatsApp sender; in the caller's transaction.

    Behind its template, and before whatever is answered from now on.
    """
    if sender.channel == Channel.WHATSAPP:
        hasten(_waiting_lane(sender, address), by=OUT_OF_DATE, into=lane_of(sender.pk, address))


def _ask_first(
    reply: MessageReply,
    way: Way,
    sender: Sender,
    filled: Filled,
    free: list[Rendered],
    due_at: datetime | None,
) -> list[Delivery]:
    """What waits for the customer's word stays in a lane of its own: it must hold up nothing else."""
    asking = _enqueue(reply, way, sender, [_in_template(filled)], due_at)
    waiting = [
        enqueue(
            channel=way.channel,
            to_address=way.address,
            sender=sender,
            rendered=text,
            purpose=PURPOSE,
            lane=_waiting_lane(sender, way.address),
            due_at=(due_at or timezone.now()) + OUT_OF_DATE,
            stale_after=WAITS_FOR,
        )
        for text in free
    ]
    return [*asking, *waiting]


def _enqueue(
    reply: MessageReply,
    way: Way,
    sender: Sender,
    texts: list[Rendered],
    due_at: datetime | None,
) -> list[Delivery]:
    return [
        enqueue(
            channel=way.channel,
            to_address=way.address,
            sender=sender,
            rendered=text,
            lane=lane_of(sender.pk, way.address),
            due_at=due_at,
            **terms_of(reply),
        )
        for text in texts
    ]


def _in_template(filled: Filled) -> Rendered:
    """The text is kept beside the template, which replaces it."""
    return Rendered(
        text=filled.text,
        content_sid=filled.template.content_sid,
        content_variables=filled.variables,
    )


def segments_in(deliveries: Iterable[Delivery]) -> int:
    """As how many texts these count."""
    return sum(_segments(each) for each in deliveries if each.channel in PHONE_CHANNELS)


def _segments(delivery: Delivery) -> int:
    text = delivery.rendered.text
    return segments_of(text).number if delivery.channel == Channel.SMS and text else 1


def _waiting_lane(sender: Sender, address: str) -> str:
    return f"{WAITING}{lane_of(sender.pk, normalize(sender.channel, address))}"
