"""The plain words for what the tables keep as names."""

from __future__ import annotations

from channels_out.channel import Channel
from gateway.models import CustomerMessage, Direction, MessageReply

CHANNEL = {
    Channel.EMAIL: "Email",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.WEB: "Web form",
}

# By what a message was found to belong here; the steps of gateway.inbound.
FILED_BY = {
    "form": "the web form",
    "taken": "a member who took it down",
    "link": "the customer's own link",
    "token": "the reply address",
    "new_topic": "the reply address, as a new topic",
    "reference": "the mail it answers",
    "provider_id": "the mail it answers",
    "public_address": "your public address",
    "ended": "the reply address of a deleted conversation",
    "quote": "the message it quotes",
    "code": "the listing's code in the text",
    "asked": "the customer's answer to our question",
    "asked_alike": "the customer's answer to our question, which names several of your conversations",
    "just_before": "what the customer wrote just before",
    "number": "your own number",
    "contact": "the phone number of this customer",
    "recent": "the only business that wrote on this number lately",
    "pair": "the only business that deals with this customer on this number",
    "by_hand": "hand",
    "approved": "hand, after it was held",
}

# By these steps a person decided; a note beside them says what he knew, or what he said.
BY_A_PERSON = ("by_hand", "approved", "asked")

# These name the business, and what is said in the thread of a number may be about something new.
NAMES_THE_BUSINESS = ("number", "contact", "recent", "pair")

WRITTEN_VIA = {
    "email": "by email reply",
    "phone": "by phone",
    "api": "through the API",
    "button": "by a button in a mail",
}


def channel_name(channel: str) -> str:
    """What a channel is called on a screen."""
    return CHANNEL[Channel(channel)]


def evidence_of(filed: CustomerMessage | MessageReply) -> str:
    """By what a message was found to belong where it is, as a sentence; nothing for what was written here."""
    if not filed.filed_by:
        return ""
    step = FILED_BY.get(filed.filed_by, filed.filed_by.replace("_", " "))
    answers = isinstance(filed, MessageReply) and filed.direction == Direction.OUTBOUND
    where = "" if answers else f" ({channel_name(filed.channel)})"
    newest = ", under the newest conversation on it" if _is_newest(filed) else ""
    return f"Filed by {step}{where}{newest}."


def is_certain(filed: CustomerMessage | MessageReply) -> bool:
    """Whether the evidence names the conversation and nothing speaks against it, or a person decided."""
    if filed.filed_by in BY_A_PERSON:
        return True
    return not filed.filed_note and not _is_newest(filed)


def _is_newest(filed: CustomerMessage | MessageReply) -> bool:
    """Whether it went on in a conversation because that is the newest of a phone."""
    return isinstance(filed, MessageReply) and filed.filed_by in NAMES_THE_BUSINESS
