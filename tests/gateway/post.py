"""What the outside world posts to us, and what we put in the outbox, in the words of the tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.core.files.storage import default_storage

from channels_out.models import Delivery
from channels_out.outgoing import Rendered
from gateway.inbound.messages import InboundFile, InboundMail, Received
from gateway.inbound.receive import receive
from gateway.models import Attachment, CustomerMessage, Membership, MessageReply
from gateway.participants import customer_of, member_of, reply_address_of

MAYA = "maya@home.example"
PHONE = "+14155550199"
PHOTO = InboundFile("photo.jpg", "image/jpeg", b"\xff\xd8 a photo")
_number = count(1)


def mail(*recipients: str, sender: str = MAYA, **fields: Any) -> InboundMail:
    """A mail nobody has posted before."""
    usual: dict[str, Any] = {
        "fingerprint": f"mail-{next(_number)}",
        "from_name": "Maya Okafor",
        "subject": "Re: A question",
        "text": "Can I see it today?",
    }
    return InboundMail(recipients=recipients, from_address=sender, **{**usual, **fields})


def post(*recipients: str, sender: str = MAYA, **fields: Any) -> Received:
    """How one mail for one conversation ended."""
    (received,) = receive(mail(*recipients, sender=sender, **fields))
    return received


def customer_token(message: CustomerMessage) -> str:
    """The address the customer answers to."""
    return reply_address_of(customer_of(message))


def owner_token(message: CustomerMessage, member: Membership) -> str:
    """The address the member answers to."""
    return reply_address_of(member_of(message, member))


def sent_to_customer(message: CustomerMessage) -> list[Delivery]:
    """What is on its way to the customer, the oldest first."""
    return list(Delivery.objects.filter(purpose="reply", dispatch__message=message).order_by("id"))


def notifications(message: CustomerMessage) -> list[Delivery]:
    """What members are told of a conversation, the oldest first."""
    told = Delivery.objects.filter(purpose="notification", dispatch__message=message)
    return list(told.order_by("id"))


def newest_notification(message: CustomerMessage) -> Rendered:
    """The last thing a member was told."""
    return notifications(message)[-1].rendered


def header(rendered: Rendered, name: str) -> str:
    """One header of a rendered mail, or nothing."""
    return dict(rendered.headers).get(name, "")


def written(message: CustomerMessage) -> list[str]:
    """The whole conversation, as both sides wrote it."""
    message.refresh_from_db()
    return [message.message, *(reply.reply for reply in message.replies.all())]


def last_reply(message: CustomerMessage) -> MessageReply:
    """What was written last."""
    return message.replies.latest("created_at")


def bytes_of(attachment: Attachment) -> bytes:
    """What is stored of a file."""
    with default_storage.open(attachment.file.name) as stored:
        return bytes(stored.read())
