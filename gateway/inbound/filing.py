"""Files what a customer wrote: opens a conversation or adds to one, and tells the owner."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels_out.channel import Channel
from gateway.files import attach
from gateway.models import (
    Attachment,
    Business,
    Contact,
    CustomerMessage,
    Direction,
    MessageReply,
    Status,
)
from gateway.models.listing import snapshot
from gateway.outbound.notify import notify_members
from gateway.participants import customer_of
from gateway.states import change, customer_wrote, machine_wrote, opened, snippet_of

SUBJECT_LENGTH = 80


@dataclass(frozen=True)
class Letter:
    """What a customer wrote, whatever brought it, and the evidence that filed it."""

    channel: Channel
    text: str
    at: datetime
    filed_by: str
    filed_note: str = ""
    from_address: str = ""
    from_name: str = ""
    subject: str = ""
    quoted: str = ""
    is_automatic: bool = False
    is_spam: bool = False
    attachments: list[Attachment] = field(default_factory=list)


def open_conversation(
    business: Business, contact: Contact, letter: Letter, **columns: Any
) -> CustomerMessage:
    """A new conversation; `columns` are the fields that only some ways bring. In the caller's transaction."""
    message = CustomerMessage.objects.create(
        business=business,
        contact=contact,
        recipient=columns.pop("recipient", None) or _first_owner(business),
        listing_snapshot=snapshot(columns.get("listing")),
        subject=(letter.subject or _first_words(letter.text))[:255],
        message=letter.text,
        sender_name=letter.from_name[:255],
        status=Status.READ if letter.is_automatic else Status.UNREAD,
        waiting_since=None if letter.is_automatic else letter.at,
        last_activity_at=letter.at,
        snippet=snippet_of(letter.text),
        is_spam=letter.is_spam,
        **_evidence(letter),
        **columns,
    )
    attach(letter.attachments, message=message)
    opened(message)
    customer_of(message)
    if not (letter.is_automatic or letter.is_spam):
        notify_members(message, None)
    return message


def add_to_conversation(message: CustomerMessage, letter: Letter) -> MessageReply:
    """What the customer wrote next. In the caller's transaction."""
    with change(message.pk) as locked:
        reply = MessageReply.objects.create(
            message=locked,
            direction=Direction.INBOUND,
            sender_name=letter.from_name[:255],
            from_address=letter.from_address[:254],
            reply=letter.text,
            **_evidence(letter),
        )
        attach(letter.attachments, reply=reply)
        if letter.is_automatic:
            machine_wrote(locked)
        else:
            customer_wrote(locked, letter.text, reply.created_at)
    if not (letter.is_automatic or locked.is_spam):
        notify_members(locked, reply)
    return reply


def _evidence(letter: Letter) -> dict[str, Any]:
    return {
        "channel": letter.channel,
        "quoted": letter.quoted,
        "is_automatic": letter.is_automatic,
        "filed_by": letter.filed_by,
        "filed_note": letter.filed_note,
    }


def _first_owner(business: Business) -> Any:
    first = (
        business.memberships.filter(is_active=True, role="owner")
        .select_related("user")
        .order_by("created_at")
        .first()
    )
    return first.user if first else None


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= SUBJECT_LENGTH:
        return line or "(no text)"
    return line[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + "…"
