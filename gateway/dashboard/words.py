"""The plain words for what the tables keep as names."""

from __future__ import annotations

from channels_out.channel import Channel

CHANNEL = {
    Channel.EMAIL: "Email",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.WEB: "Web form",
}

# By what a message was found to belong here; the steps of gateway.inbound.
FILED_BY = {
    "form": "the web form",
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
    "number": "your own number",
    "contact": "the phone number of this customer",
    "recent": "the last conversation on this number",
    "by_hand": "hand",
    "approved": "hand, after it was held",
}

WRITTEN_VIA = {"email": "by email reply", "phone": "by phone", "api": "through the API"}


def channel_name(channel: str) -> str:
    """What a channel is called on a screen."""
    return CHANNEL[Channel(channel)]


def filed_by(step: str) -> str:
    """By what evidence, as the end of "Filed by …"; the step itself when it has no words yet."""
    return FILED_BY.get(step, step.replace("_", " "))
