"""An answer as SMS or WhatsApp messages."""

from __future__ import annotations

from channels_out.models import Sender
from channels_out.outgoing import Rendered
from gateway.links import file_url
from gateway.models import CustomerMessage, MessageReply
from gateway.routes import routes_between

# Twilio refuses a longer Body (error 21617).
LONGEST_TEXT = 1600


def texts_to_customer(
    message: CustomerMessage, reply: MessageReply, sender: Sender, address: str
) -> list[Rendered]:
    """The answer in as many messages as it takes; the first of a conversation on a number says who speaks."""
    whole = _introduction(message, sender, address) + reply.reply
    parts = split(whole, LONGEST_TEXT)
    media = tuple(file_url(attachment) for attachment in reply.attachments.all())
    return [Rendered(text=part, media_urls=media if part is parts[-1] else ()) for part in parts]


def split(text: str, longest: int) -> list[str]:
    """The text in parts of at most `longest` characters, cut at white space where there is some."""
    parts = []
    while len(text) > longest:
        cut = max(text.rfind(" ", 1, longest), text.rfind("\n", 1, longest))
        cut = cut if cut > 0 else longest
        parts.append(text[:cut])
        text = text[cut:].lstrip()
    return [*parts, text]


def _introduction(message: CustomerMessage, sender: Sender, address: str) -> str:
    spoken = [route for route in routes_between(sender, address) if route.last_outbound_at]
    newest = max(spoken, key=lambda route: route.last_outbound_at or route.created_at, default=None)
    if newest is not None and newest.message_id == message.pk:
        return ""
    about = message.listing_snapshot.get("title", "")
    return f"{message.business.name}, about {about}: " if about else f"{message.business.name}: "
