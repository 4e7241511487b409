"""Whether a customer may see what opened his conversation."""

from __future__ import annotations

from channels_out.channel import Channel
from gateway.addresses import normalize
from gateway.models import ContactAddress, CustomerMessage


def is_own_opening(message: CustomerMessage) -> bool:
    """Whether what opened the conversation is for the customer's eyes; a stranger's mail to his reply address is not.

    Such a mail opens one where his own is quiet for weeks, or where a member splits it off.
    """
    if message.channel != Channel.EMAIL:
        return True
    known = ContactAddress.objects.filter(
        contact=message.contact_id,
        channel=Channel.EMAIL,
        normalized=normalize(Channel.EMAIL, message.sender_email),
    )
    return known.exists()


def own_subject(message: CustomerMessage) -> str:
    """What the conversation is about, in words that the customer may read."""
    if is_own_opening(message):
        return message.subject
    return str(message.listing_snapshot.get("title", "")) or message.business.name
