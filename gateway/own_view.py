"""What a customer may see of his own conversation, on his link, over REST and quoted in a mail."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.state import State
from gateway.models import (
    Attachment,
    ContactAddress,
    CustomerMessage,
    Direction,
    Dispatch,
    MessageReply,
)
from gateway.outbound.progress import PURPOSE, WAITING
from gateway.own_opening import is_own_opening


def own_attachments(message: CustomerMessage) -> QuerySet[Attachment]:
    """The files that came with what is for the customer's eyes."""
    his = Q(reply__in=own_replies(message))
    return Attachment.objects.filter(his | Q(message=message) if is_own_opening(message) else his)


def own_replies(message: CustomerMessage) -> QuerySet[MessageReply]:
    """The replies that are for the customer's eyes: without what machines, strangers and those on copy wrote, or was
    taken back.

    Whoever knows the reply address can have mail sent there, such as the confirmation of an account that
    he opens somewhere under that address; nothing of it may come back to him.
    """
    theirs = ContactAddress.objects.filter(
        normalized=Lower(OuterRef("from_address")),
        contact=message.contact_id,
        channel=Channel.EMAIL,
    )
    by_mail = Q(direction=Direction.INBOUND, channel=Channel.EMAIL)
    # Its writer may still take it back; what waits for the customer's word he may read here already.
    not_begun = Q(
        delivery__state=State.QUEUED, delivery__attempts=0, delivery__due_at__gt=timezone.now()
    )
    not_sent = Dispatch.objects.filter(
        not_begun | Q(delivery__state=State.CANCELLED),
        ~Q(delivery__lane__startswith=WAITING),
        reply=OuterRef("pk"),
        is_replaced=False,
        delivery__purpose=PURPOSE,
    )
    by_a_person = Q(is_automatic=False) | Q(direction=Direction.OUTBOUND)
    readable = message.replies.filter(~by_mail | Exists(theirs), by_a_person, by_partner=False)
    return readable.exclude(Exists(not_sent))
