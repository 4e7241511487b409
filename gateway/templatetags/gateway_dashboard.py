"""Small words and marks of the dashboard's templates."""

from __future__ import annotations

import zlib
from datetime import date, datetime, timedelta

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString

from channels_out.channel import Channel
from channels_out.state import State
from gateway.inbox import Folder
from gateway.models import CustomerMessage
from gateway.participants import contact_name
from gateway.words import channel_name

register = template.Library()

HUES = 6
FOLDER_ICONS = {
    Folder.OPEN: "inbox",
    Folder.UNREAD: "mail",
    Folder.WAITING: "clock",
    Folder.SNOOZED: "alarm",
    Folder.FAILED: "alert-triangle",
    Folder.ARCHIVED: "archive",
    Folder.SPAM: "ban",
    Folder.TRASH: "trash",
}
PROGRESS = {
    State.QUEUED: ("clock", "Waiting to be sent"),
    State.SENDING: ("clock", "Being sent"),
    State.SENT: ("check", "Sent"),
    State.DELIVERED: ("checks", "Delivered"),
    State.READ: ("checks", "Read"),
    State.FAILED: ("alert-triangle", "Not delivered"),
    State.IN_DOUBT: ("help", "Not known whether it went out"),
    State.CANCELLED: ("ban", "Taken back"),
}
CHANNEL_ICONS = {
    "email": "mail",
    "sms": "message",
    "whatsapp": "brand-whatsapp",
    "web": "world",
}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """One picture of the sprite; it says nothing to a screen reader, so words stand beside it."""
    sprite = static("gateway/icons.svg")
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>', extra, sprite, name
    )


@register.simple_tag
def channel_icon(channel: str) -> SafeString:
    """The mark of a channel."""
    return icon(CHANNEL_ICONS[channel])


@register.simple_tag
def folder_icon(folder: Folder) -> SafeString:
    """The mark of a folder."""
    return icon(FOLDER_ICONS[folder])


@register.simple_tag
def progress_icon(state: str) -> SafeString:
    """The mark of how far an answer is: clock, one tick, two, or what went wrong."""
    return icon(PROGRESS[State(state)][0])


@register.filter
def progress_label(state: str) -> str:
    """How far an answer is, in words."""
    return PROGRESS[State(state)][1]


@register.simple_tag
def folder_url(folder: Folder) -> str:
    """Where a folder is."""
    path = reverse("gateway:inbox")
    return path if folder == Folder.OPEN else f"{path}?folder={folder}"


@register.filter
def day_name(day: date) -> str:
    """A day as one speaks of it."""
    today = timezone.localdate()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return formatted(day, "l, j F" if day.year == today.year else "j F Y")


@register.filter
def channel_label(channel: str) -> str:
    """What a channel is called."""
    return channel_name(channel)


@register.filter
def customer_name(message: CustomerMessage) -> str:
    """What to call the customer of a conversation."""
    return printable(contact_name(message.contact, message))


@register.filter
def mail_subject(message: CustomerMessage) -> str:
    """The subject that stands before the snippet of a mail, unless it was made of the snippet's words."""
    subject = message.subject if message.channel == Channel.EMAIL else ""
    return "" if message.snippet.startswith(subject.removesuffix("…")) else subject


@register.filter
def initials(name: str) -> str:
    """Up to two characters for the round mark beside a name."""
    words = [word for word in "".join(c if c.isalnum() else " " for c in name).split() if word]
    if not words:
        return "?"
    second = words[-1][0] if len(words) > 1 else words[0][1:2]
    return (words[0][0] + second).upper()


@register.filter
def hue(seed: object) -> str:
    """One of the colours of the round mark, always the same for the same seed."""
    return f"h{zlib.crc32(str(seed).encode()) % HUES}"


@register.filter
def ago(at: datetime) -> str:
    """How long since, in the few characters of a list row; a date where it is longer than a week."""
    now, at = timezone.localtime(), timezone.localtime(at)
    minutes = int((now - at).total_seconds() // 60)
    days = (now.date() - at.date()).days
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes}m"
    if days == 0 or minutes < 6 * 60:
        return f"{minutes // 60}h"
    if days == 1:
        return "Yest."
    return formatted(at, "D" if days < 7 else "j M" if at.year == now.year else "j M Y")


@register.filter
def printable(text: str) -> str:
    """Without the characters that show nothing or turn the direction of others (a file's true ending)."""
    return "".join(character for character in text if character.isprintable())
