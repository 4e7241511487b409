"""Very many conversations in seconds: rows as the product leaves them, written in bulk."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from django.db.models import F
from django.utils import timezone

from channels_out.models import Delivery
from channels_out.state import State
from gateway.models import (
    Business,
    Contact,
    CustomerMessage,
    Dispatch,
    HeldItem,
    Listing,
    MessageReply,
    Status,
    Tag,
    Tagging,
    UnreadCounter,
)
from gateway.search.rows import write

BATCH = 2_000
DAYS = 90
# How long after a message it is answered.
LATER = timedelta(seconds=30)
STATUSES = (Status.UNREAD, Status.READ, Status.REPLIED, Status.ARCHIVED)
CHANNELS = ("email", "sms", "web", "whatsapp")
_number = count(1)


def crowd(business: Business, conversations: int, *, found_by: str = "") -> None:
    """Adds so many conversations of the last 90 days.

    `found_by` is a word in each, by which search finds it; then each second is answered as well, each tenth
    has a tag, and of each fiftieth something is held.
    """
    contact = Contact.objects.create(business=business, name="Maya Okafor")
    listings = list(Listing.objects.filter(business=business)[:5])
    tag, _ = Tag.objects.get_or_create(business=business, name="Repair")
    step = timedelta(days=DAYS) / conversations
    now = timezone.now()
    for begin in range(0, conversations, BATCH):
        numbers = range(begin, min(conversations, begin + BATCH))
        messages = [
            CustomerMessage(
                business=business,
                contact=contact,
                listing=listings[number % len(listings)] if listings else None,
                subject=f"Question {number}",
                message=f"Is it still there? {found_by}",
                sender_name="Maya Okafor",
                channel=CHANNELS[number % 4],
                status=STATUSES[number % 4],
                is_archived=number % 4 == 3,
                is_spam=number % 50 == 1,
                has_failed=number % 20 == 2,
                created_at=now - number * step,
                last_activity_at=now - number * step + number % 2 * LATER,
                waiting_since=now - number * step if number % 4 == 1 else None,
                snippet="Is it still there?",
            )
            for number in numbers
        ]
        CustomerMessage.objects.bulk_create(messages)
        if found_by:
            write(messages)
            _answer(messages[1::2])
            Tagging.objects.bulk_create(Tagging(message=each, tag=tag) for each in messages[::10])
            _hold(business, messages[::50])
    unread, _ = UnreadCounter.objects.get_or_create(business=business, listing=None)
    UnreadCounter.objects.filter(pk=unread.pk).update(unread=F("unread") + conversations // 4)


def _answer(messages: list[CustomerMessage]) -> None:
    replies = [
        MessageReply(
            message=message,
            direction="outbound",
            channel="email",
            reply="Yes, it is.",
            created_at=message.created_at + LATER,
        )
        for message in messages
    ]
    MessageReply.objects.bulk_create(replies)
    deliveries = [
        Delivery(
            channel="email",
            to_address="maya@home.example",
            payload={},
            purpose="reply",
            state=State.SENT,
            due_at=None,
            message_id=f"{next(_number)}@crowd.example",
            created_at=reply.created_at,
        )
        for reply in replies
    ]
    Delivery.objects.bulk_create(deliveries)
    Dispatch.objects.bulk_create(
        Dispatch(delivery=delivery, message=reply.message, reply=reply)
        for delivery, reply in zip(deliveries, replies, strict=True)
    )


def _hold(business: Business, messages: list[CustomerMessage]) -> None:
    HeldItem.objects.bulk_create(
        HeldItem(
            reason="unknown_address", channel="email", business=business, message=each, text="Yes"
        )
        for each in messages
    )
