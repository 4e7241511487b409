"""Small words and marks of the dashboard's templates."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from channels_out.channel import Channel
from channels_out.state import State
from gateway import members
from gateway.begin import ConsentSource
from gateway.inbox import Folder
from gateway.models import CustomerMessage
from gateway.outbound.ways import Way
from gateway.participants import contact_name
from gateway.search.hits import pieces
from gateway.words import channel_name

register = template.Library()

HUES = 6
MOST_IN_ICON = 9
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
    State.QUEUED: ("clock", gettext_lazy("Waiting to be sent")),
    State.SENDING: ("clock", gettext_lazy("Being sent")),
    State.SENT: ("check", gettext_lazy("Sent")),
    State.DELIVERED: ("checks", gettext_lazy("Delivered")),
    State.READ: ("checks", pgettext_lazy("what became of an answer", "Read")),
    State.FAILED: ("alert-triangle", gettext_lazy("Not delivered")),
    State.IN_DOUBT: ("help", gettext_lazy("Not known whether it went out")),
    State.CANCELLED: ("ban", gettext_lazy("Taken back")),
}
CONSENT = {**dict(ConsentSource.choices), "form": gettext_lazy("On the web form")}
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
def tab_icon(unread: int) -> str:
    """The address of the mark that a browser's tab carries; with the count of what is unread, if any."""
    if not unread:
        return static("gateway/logo.svg")
    return reverse("gateway:tab_icon", args=[min(unread, MOST_IN_ICON + 1)])


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
    return str(PROGRESS[State(state)][1])


@register.filter
def consent_label(source: str) -> str:
    """Where a customer agreed to be written to; a host's own word for that as it is."""
    return str(CONSENT.get(source, source))


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
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    # Translators: a date format of Django: Monday, 5 January
    return date_format(day, _("l, j F") if day.year == today.year else "DATE_FORMAT")


@register.filter
def is_today(moment: datetime) -> bool:
    """Whether it was on the reader's day."""
    return timezone.localdate(moment) == timezone.localdate()


@register.filter
def channel_label(channel: str) -> str:
    """What a channel is called."""
    return channel_name(channel)


@register.simple_tag
def way_label(channel: str, is_template: object) -> str:
    """What a way of answering is called: its channel, and whether only a template goes there."""
    name = channel_name(channel)
    return _("%(channel)s template") % {"channel": name} if is_template else name


@register.filter
def one_of(ways: Iterable[Way]) -> str:
    """The channels of ways in a row, as one speaks of them: the last stands behind an “or”."""
    return get_text_list([channel_name(way.channel) for way in ways])


@register.filter
def customer_name(message: CustomerMessage) -> str:
    """What to call the customer of a conversation."""
    return printable(contact_name(message.contact, message))


@register.filter
def called(user: Any) -> str:
    """What colleagues call a person."""
    return printable(members.called(user))


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
def hits(text: str, words: list[str]) -> SafeString:
    """A text in which the words that were searched for are marked."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", piece) if is_hit else piece,)
            for piece, is_hit in pieces(text, words)
        ),
    )


@register.filter
def at_key(found: dict[Any, str], key: Any) -> str:
    """What a dictionary has of this key, or nothing."""
    return found.get(key, "")


@register.filter
def ago(at: datetime) -> str:
    """How long since, in the few characters of a list row; a date where it is longer than a week."""
    now, at = timezone.localtime(), timezone.localtime(at)
    minutes = int((now - at).total_seconds() // 60)
    days = (now.date() - at.date()).days
    if minutes < 1:
        return _("now")
    if minutes < 60:
        return _("%(minutes)sm") % {"minutes": minutes}
    if days == 0 or minutes < 6 * 60:
        return _("%(hours)sh") % {"hours": minutes // 60}
    if days == 1:
        return _("Yest.")
    if days < 7:
        return date_format(at, "D")
    # Translators: a date format of Django: 5 Jan
    return date_format(at, _("j M") if at.year == now.year else "SHORT_DATE_FORMAT")


@register.filter
def printable(text: str) -> str:
    """Without the characters that show nothing or turn the direction of others (a file's true ending)."""
    return "".join(character for character in text if character.isprintable())
