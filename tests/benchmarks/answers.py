"""Answers of owners that wait in the outbox, each in a conversation of its own."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outgoing import Rendered
from gateway.models import (
    CustomerMessage,
    Direction,
    Dispatch,
    MessageReply,
    Status,
)
from gateway.outbound.progress import PURPOSE
from tests.benchmarks.size import BUSINESSES

WORDS = "Yes, it is still there. Saturday at ten is fine, ring the bell at the green door. Ann"


def enqueue_answers(count: int) -> None:
    """The rows that as many answered texts leave behind, without the time that answering them takes."""
    now = timezone.now()
    conversations = [_conversation(number, now) for number in range(count)]
    replies = [_reply(conversation) for conversation in conversations]
    deliveries = [_delivery(reply, number) for number, reply in enumerate(replies)]
    CustomerMessage.objects.bulk_create(conversations, batch_size=1000)
    MessageReply.objects.bulk_create(replies, batch_size=1000)
    Delivery.objects.bulk_create(deliveries, batch_size=1000)
    Dispatch.objects.bulk_create(
        [
            Dispatch(delivery=delivery, message=reply.message, reply=reply)
            for delivery, reply in zip(deliveries, replies, strict=True)
        ],
        batch_size=1000,
    )


def _conversation(number: int, now: object) -> CustomerMessage:
    business = UUID(int=number % BUSINESSES + 1)
    return CustomerMessage(
        business_id=business,
        contact_id=business,
        recipient_id=business,
        channel=Channel.SMS,
        subject="The blue bike",
        message="Is the blue bike still there?",
        status=Status.REPLIED,
        last_activity_at=now,
        last_reply_at=now,
    )


def _reply(conversation: CustomerMessage) -> MessageReply:
    return MessageReply(
        message=conversation, direction=Direction.OUTBOUND, channel=Channel.SMS, reply=WORDS
    )


def _delivery(reply: MessageReply, number: int) -> Delivery:
    business = reply.message.business_id
    return Delivery(
        channel=Channel.SMS,
        sender_id=business,
        to_address=f"+1628{number:07}",
        payload=Rendered(text=f"{WORDS} {number}").to_payload(),
        purpose=PURPOSE,
        lane=f"{business}:{number}",
    )
