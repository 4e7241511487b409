"""What a customer may see of his own conversation, on his link, over REST and quoted in a mail."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from channels_out.channel import Channel
from gateway.models import ContactAddress, CustomerMessage, Direction, MessageReply


def own_replies(message: CustomerMessage) -> QuerySet[MessageReply]:
    """The replies that are for the customer's eyes: without what machines and what strangers wrote.

    Whoever knows the reply address can have mail sent there, such as the confirmation of an account that
    he opens somewhere under that address; nothing of it may come back to him.
    """
    theirs = ContactAddress.objects.filter(
        normalized=Lower(OuterRef("from_address")),
        contact=message.contact_id,
        channel=Channel.EMAIL,
    )
    by_mail = Q(direction=Direction.INBOUND, channel=Channel.EMAIL)
    return message.replies.filter(is_automatic=False).filter(~by_mail | Exists(theirs))
