"""Conversations as a table for a spreadsheet, one line for each message."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import groupby

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from gateway.inbox import Inbox
from gateway.models import CustomerMessage, Direction, MessageReply
from gateway.participants import contact_name

AT_ONCE = 100  # conversations
# Without it Excel takes UTF-8 for the code page of its machine.
BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet takes for a formula (OWASP, CSV Injection), also behind spaces and as wide characters.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
COLUMNS = (
    *("Conversation", "Business", "Customer", "Email", "Phone", "Listing", "Status", "Subject"),
    *("Written at", "Direction", "Channel", "Writer", "Automatic", "Message"),
)


class _Line:
    """What the writer of the csv module writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(inbox: Inbox, zone: tzinfo) -> Iterator[str]:
    """The table in lines, the newest conversations first, each with its messages in order.

    Read page by page, so that an export of any size takes as little memory. Times are ISO 8601 in this zone.
    """
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for row in _rows(inbox, zone):
        yield writer.writerow([_harmless(cell) for cell in row])


def _rows(inbox: Inbox, zone: tzinfo) -> Iterator[list[str]]:
    page = inbox.page(size=AT_ONCE)
    while page.conversations:
        yield from _of_page(page.conversations, zone)
        if page.next is None:
            return
        page = inbox.page(page.next, AT_ONCE)


def _of_page(messages: list[CustomerMessage], zone: tzinfo) -> Iterator[list[str]]:
    prefetch_related_objects(messages, "listing")
    found = MessageReply.objects.filter(message__in=messages)
    ordered = found.order_by("message", "created_at", "id")
    replies = {pk: list(each) for pk, each in groupby(ordered, lambda reply: reply.message_id)}
    for message in messages:
        about = _about(message)
        yield about + _first(message, zone)
        yield from (about + _reply(message, reply, zone) for reply in replies.get(message.pk, ()))


def _about(message: CustomerMessage) -> list[str]:
    return [
        str(message.pk),
        message.business.name,
        contact_name(message.contact, message),
        message.sender_email,
        message.sender_phone,
        str(message.listing or ""),
        str(message.get_status_display()),
        message.subject,
    ]


def _first(message: CustomerMessage, zone: tzinfo) -> list[str]:
    writer = contact_name(message.contact, message)
    said = str(Direction.INBOUND.label)
    return _written(message, message.created_at, zone, said, writer, message.message)


def _reply(message: CustomerMessage, reply: MessageReply, zone: tzinfo) -> list[str]:
    direction = Direction(reply.direction)
    is_customers = direction == Direction.INBOUND and not reply.by_partner
    writer = reply.sender_name or (contact_name(message.contact, message) if is_customers else "")
    said = _("From somebody on copy") if reply.by_partner else str(direction.label)
    return _written(reply, reply.created_at, zone, said, writer, reply.reply)


def _written(
    row: CustomerMessage | MessageReply,
    at: datetime,
    zone: tzinfo,
    direction: str,
    writer: str,
    text: str,
) -> list[str]:
    return [
        at.astimezone(zone).isoformat(timespec="seconds"),
        direction,
        str(row.get_channel_display()),
        writer,
        "yes" if row.is_automatic else "no",
        text,
    ]


def _harmless(cell: str) -> str:
    """With an apostrophe before what would be a formula: then it is text."""
    is_formula = cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA)
    return f"'{cell}" if is_formula else cell
