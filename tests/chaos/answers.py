"""Puts answers of owners and mails to them into the outbox: `python -m tests.chaos.answers MESSAGES SEED`.

They are the rows that the door out leaves behind, in portions, each in one transaction, while the workers work.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from channels_out.channel import Channel  # noqa: E402
from channels_out.models import Delivery, Sender  # noqa: E402
from channels_out.outgoing import Rendered  # noqa: E402
from channels_out.signals import deliveries_due  # noqa: E402
from channels_out.state import OnDoubt  # noqa: E402
from gateway.models import (  # noqa: E402
    Business,
    Contact,
    CustomerMessage,
    Direction,
    Dispatch,
    MessageReply,
    Status,
)
from gateway.outbound.progress import PURPOSE  # noqa: E402
from tests.chaos.verdict import LANE  # noqa: E402

LONGEST_CONVERSATION = 9
PORTION = 100  # conversations
# Of a hundred conversations: answered by text, by mail, and told to the owner by mail.
KINDS = {"text": 80, "mail": 12, "notice": 8}
# Some answers say what the one before said: nothing but our own ids tells them apart.
SAME_AGAIN = 0.05


def enqueue(messages: int, seed: int) -> None:
    """As many messages, in conversations of one to nine, each a lane."""
    dice, left, number = random.Random(f"{seed} answers"), messages, 0
    business, senders = Business.objects.get(), [*Sender.objects.order_by("address")]
    while left:
        sizes = [*_sizes(dice, left)]
        with transaction.atomic():
            _write(dice, business, senders, sizes, number)
            deliveries_due.send(sender=Delivery)
        left -= sum(sizes)
        number += len(sizes)


def _sizes(dice: random.Random, left: int) -> Iterator[int]:
    for _ in range(PORTION):
        size = min(left, dice.randint(1, LONGEST_CONVERSATION))
        if size:
            yield size
        left -= size


def _write(
    dice: random.Random, business: Business, senders: list[Sender], sizes: list[int], first: int
) -> None:
    now = timezone.now()
    contacts, conversations, replies, deliveries, dispatches = [], [], [], [], []
    for number, size in enumerate(sizes, first):
        [kind] = dice.choices([*KINDS], weights=[*KINDS.values()])
        contact = Contact(business=business, name=f"Maya {number}")
        conversation = CustomerMessage(
            business=business,
            contact=contact,
            channel=Channel.SMS if kind == "text" else Channel.EMAIL,
            subject="The blue bike",
            message="Is the blue bike still there?",
            status=Status.REPLIED,
            last_activity_at=now,
            last_reply_at=now,
        )
        contacts.append(contact)
        conversations.append(conversation)
        words, sender = "", dice.choice(senders)
        for place in range(size):
            if not words or dice.random() > SAME_AGAIN:
                words = f"Answer {place} of {number}"
            delivery = _delivery(kind, number, words, sender)
            reply = None
            if kind != "notice":
                reply = MessageReply(
                    message=conversation,
                    direction=Direction.OUTBOUND,
                    channel=conversation.channel,
                    reply=words,
                )
                replies.append(reply)
            deliveries.append(delivery)
            dispatches.append(Dispatch(delivery=delivery, message=conversation, reply=reply))
    for rows in (contacts, conversations, replies, deliveries, dispatches):
        type(rows[0]).objects.bulk_create(rows)


def _delivery(kind: str, number: int, words: str, sender: Sender) -> Delivery:
    if kind == "text":
        return Delivery(
            channel=Channel.SMS,
            sender=sender,
            to_address=f"+1628{number:07}",
            payload=Rendered(text=words).to_payload(),
            purpose=PURPOSE,
            lane=f"{LANE}{number}",
        )
    to_address = f"{kind}-{number}@people.example"
    mail = Rendered(text=words, subject="Re: bike", from_header='"Ann" <ann@mail.localhost>')
    delivery = Delivery(
        channel=Channel.EMAIL,
        to_address=to_address,
        payload=mail.to_payload(),
        purpose=PURPOSE if kind == "mail" else "notification",
        lane=f"{LANE}{number}",
        on_doubt=OnDoubt.ASK if kind == "mail" else OnDoubt.RESEND,
    )
    delivery.message_id = f"<{delivery.pk}@mail.localhost>"
    return delivery


if __name__ == "__main__":
    enqueue(int(sys.argv[1]), int(sys.argv[2]))
