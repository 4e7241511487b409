"""A person settles what was held: send an answer, file a message, or refuse it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Sender
from gateway.inbound.contacts import contact_for_address
from gateway.inbound.filing import Letter, add_to_conversation, open_conversation
from gateway.models import (
    Business,
    CustomerMessage,
    HeldItem,
    Membership,
    MessageReply,
    Settlement,
)
from gateway.outbound.answer import Answer, post_reply
from gateway.routes import lock_pair, passed_inbound
from gateway.states import inbox_changed


class AlreadySettled(Exception):
    """Somebody else settled it first."""


class NotForYou(Exception):
    """This person may not settle this item in this way; the message says who may."""


def open_items(user: Any) -> QuerySet[HeldItem]:
    """What waits for this person: his businesses' items; staff also see what has no business."""
    mine = Q(business__memberships__user=user, business__memberships__is_active=True)
    seen = mine | Q(business=None) if user.is_staff else mine
    items = HeldItem.objects.filter(seen, settlement="").distinct().order_by("-created_at", "-id")
    return items.select_related("business", "message", "membership__user").prefetch_related(
        "attachments"
    )


@transaction.atomic
def settle_send(held: HeldItem, member: Membership, channel: str = "") -> MessageReply:
    """Sends a held answer to the customer in the name of the member who approves it.

    Raises AlreadySettled, NotForYou, and what `post_reply` raises; then nothing has changed.
    """
    item = _lock(held, member.business_id)
    if item.message_id is None or item.membership_id is None:
        raise NotForYou("This is not an answer; file it under a conversation instead.")
    reply = post_reply(
        Answer(
            message_id=item.message_id,
            author=member,
            text=item.text or item.quoted,
            quoted=item.quoted if item.text else "",
            channel=channel,
            written_via="email",
            from_address=item.from_address,
            filed_by="approved",
            filed_note=f"Held: {item.get_reason_display()}. Approved by hand.",
            attachments=list(item.attachments.all()),
        )
    )
    _settle(item, member.user, Settlement.SENT)
    return reply


@transaction.atomic
def settle_file(
    held: HeldItem, user: Any, business: Business, message: CustomerMessage | None
) -> CustomerMessage:
    """Files a held message under a conversation of the business, or (None) as a new one.

    Raises AlreadySettled, and NotForYou when the conversation is another business's.
    """
    item = _lock(held, business.pk)
    if message is not None and message.business_id != business.pk:
        raise NotForYou("That conversation belongs to another business.")
    now = timezone.now()
    letter = Letter(
        channel=Channel(item.channel),
        text=item.text,
        at=now,
        filed_by="by_hand",
        filed_note=f"Held: {item.get_reason_display()}. Filed by hand.",
        from_address=item.from_address,
        from_name=item.from_name,
        subject=item.subject,
        quoted=item.quoted,
        attachments=list(item.attachments.all()),
    )
    if message is None:
        message = _open(item, business, letter)
    else:
        add_to_conversation(message, letter)
    _note_route(item, message)
    _settle(item, user, Settlement.FILED)
    return message


@transaction.atomic
def settle_refuse(held: HeldItem, user: Any) -> None:
    """Puts a held item aside; it stays stored. Raises AlreadySettled."""
    _settle(_lock(held, held.business_id), user, Settlement.REFUSED)


def _lock(held: HeldItem, business_id: Any) -> HeldItem:
    item = HeldItem.objects.select_for_update(of=("self",)).get(pk=held.pk)
    if item.settlement:
        raise AlreadySettled(f"This was settled before: {item.get_settlement_display()}.")
    if item.business_id not in (None, business_id):
        raise NotForYou("This belongs to another business.")
    return item


def _open(item: HeldItem, business: Business, letter: Letter) -> CustomerMessage:
    address = item.from_address
    contact = contact_for_address(business, item.channel, address, item.from_name, letter.at)
    column = "sender_phone" if item.channel in PHONE_CHANNELS else "sender_email"
    return open_conversation(business, contact, letter, **{column: address})


def _note_route(item: HeldItem, message: CustomerMessage) -> None:
    sender = Sender.objects.filter(channel=item.channel, address=item.to_address).first()
    if sender is not None and item.channel in PHONE_CHANNELS:
        lock_pair(sender, item.from_address)
        passed_inbound(message, sender, item.from_address, timezone.now())


def _settle(item: HeldItem, user: Any, settlement: Settlement) -> None:
    item.settlement, item.settled_by, item.settled_at = settlement, user, timezone.now()
    item.save(update_fields=["settlement", "settled_by", "settled_at"])
    if item.business_id:
        inbox_changed(item.business_id)
