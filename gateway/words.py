"""The plain words for what the tables keep as names."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_out.channel import Channel
from gateway.models import CustomerMessage, Direction, MessageReply

CHANNEL = {
    Channel.EMAIL: _("Email"),
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.WEB: _("Web form"),
}

# How a conversation was filed that a member took down of a customer who spoke to him.
TAKEN_DOWN = "taken"
# By what a message was found to belong here; the steps of gateway.inbound.
FILED_BY = {
    "form": _("the web form"),
    TAKEN_DOWN: _("a member who took it down"),
    "link": _("the customer's own link"),
    "token": _("the reply address"),
    "new_topic": _("the reply address, as a new topic"),
    "reference": _("the mail it answers"),
    "provider_id": _("the mail it answers"),
    "copy": _("the address of somebody on copy, to whom your answer went as well"),
    "public_address": _("your public address"),
    "ended": _("the reply address of a deleted conversation"),
    "quote": _("the message it quotes"),
    "code": _("the listing's code in the text"),
    "asked": _("the customer's answer to our question"),
    "asked_alike": _(
        "the customer's answer to our question, which names several of your conversations"
    ),
    "just_before": _("what the customer wrote just before"),
    "number": _("your own number"),
    "contact": _("the phone number of this customer"),
    "recent": _("the only business that wrote on this number lately"),
    "pair": _("the only business that deals with this customer on this number"),
    "by_hand": _("hand"),
    "approved": _("hand, after it was held"),
}

# By these steps a person decided; a note beside them says what he knew, or what he said.
BY_A_PERSON = ("by_hand", "approved", "asked")

# These name the business, and what is said in the thread of a number may be about something new.
NAMES_THE_BUSINESS = ("number", "contact", "recent", "pair")

WRITTEN_VIA = {
    "email": _("by email reply"),
    "phone": _("by phone"),
    "text": _("by text"),
    "api": _("through the API"),
    "button": _("by a button in a mail"),
}


def channel_name(channel: str) -> str:
    """What a channel is called on a screen."""
    return str(CHANNEL[Channel(channel)])


def weekday_and_time(at: datetime) -> str:
    """A time within a week, such as "Mon 14:05", in the reader's zone."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'D')} {date_format(local, 'TIME_FORMAT')}"


def evidence_of(filed: CustomerMessage | MessageReply) -> str:
    """By what a message was found to belong where it is, as a sentence; nothing for what was written here."""
    if not filed.filed_by:
        return ""
    words = {
        "step": FILED_BY.get(filed.filed_by, filed.filed_by.replace("_", " ")),
        "channel": channel_name(filed.channel),
    }
    if isinstance(filed, MessageReply) and filed.direction == Direction.OUTBOUND:
        return gettext("Filed by %(step)s.") % words
    if _is_newest(filed):
        return (
            gettext("Filed by %(step)s (%(channel)s), under the newest conversation on it.") % words
        )
    return gettext("Filed by %(step)s (%(channel)s).") % words


def is_certain(filed: CustomerMessage | MessageReply) -> bool:
    """Whether the evidence names the conversation and nothing speaks against it, or a person decided."""
    if filed.filed_by in BY_A_PERSON:
        return True
    return not filed.filed_note and not _is_newest(filed)


def _is_newest(filed: CustomerMessage | MessageReply) -> bool:
    """Whether it went on in a conversation because that is the newest of a phone."""
    return isinstance(filed, MessageReply) and filed.filed_by in NAMES_THE_BUSINESS
