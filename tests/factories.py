"""Rows to test with, made as the product makes them: messages come in through the door in."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from knox.models import AuthToken

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.inbound.messages import InboundForm, InboundText
from gateway.inbound.receive import receive
from gateway.models import (
    Business,
    CustomerMessage,
    DedicatedSender,
    Listing,
    MemberAddress,
    Membership,
    MessageReply,
    Role,
)
from gateway.outbound.answer import Answer, post_reply

PASSWORD = "correct-horse"
_number = count(1)


def make_user(email: str = "", **fields: Any) -> Any:
    """Somebody who can sign in with PASSWORD."""
    email = email or f"person{next(_number)}@people.example"
    return get_user_model().objects.create_user(email=email, password=PASSWORD, **fields)


def make_business(name: str = "") -> Business:
    """A business without people."""
    number = next(_number)
    return Business.objects.create(name=name or f"Shop {number}", slug=f"shop-{number}")


def make_member(
    business: Business | None = None, role: str = Role.OWNER, user: Any = None, **fields: Any
) -> Membership:
    """One person of a business, whose email address is verified."""
    user = user or make_user()
    MemberAddress.objects.get_or_create(
        user=user,
        channel=Channel.EMAIL,
        address=user.email,
        defaults={"verified_at": timezone.now()},
    )
    return Membership.objects.create(
        business=business or make_business(), user=user, role=role, **fields
    )


def make_token(user: Any) -> str:
    """A token for the REST API."""
    return str(AuthToken.objects.create(user)[1])


def make_listing(business: Business, title: str = "Blue bike") -> Listing:
    """Something the business offers."""
    return Listing.objects.create(business=business, title=title)


def make_sender(business: Business | None, channel: str = Channel.SMS) -> Sender:
    """A number of ours, none of which is a customer's: dedicated to the business, or shared by all without one."""
    sender = Sender.objects.create(
        channel=channel, address=f"+1312555{next(_number):04d}", is_shared=business is None
    )
    if business is not None:
        DedicatedSender.objects.create(sender=sender, business=business)
    return sender


def make_message(member: Membership, text: str = "Is it still there?", **form: Any) -> Any:
    """A conversation that a customer opened by the form."""
    fields: dict[str, Any] = {
        "sender_name": "Maya Okafor",
        "sender_email": "maya@home.example",
        "sender_phone": "",
        "subject": "A question",
        "recipient": member.user,
        **form,
    }
    (received,) = receive(InboundForm(business=member.business, text=text, **fields))
    assert received.message is not None
    return received.message


def make_text(
    sender: Sender, from_address: str, text: str, files: tuple[Any, ...] = (), **fields: Any
) -> Any:
    """What came of a text that a customer sent to one of our numbers."""
    key = f"twilio:AC0:SM{next(_number)}"
    (received,) = receive(
        InboundText(
            key, Channel(sender.channel), sender.address, from_address, text, files=files, **fields
        )
    )
    return received


def make_reply(
    message: CustomerMessage, member: Membership, text: str = "Yes, it is."
) -> MessageReply:
    """A member's answer, on its way to the customer."""
    return post_reply(Answer(message_id=message.pk, author=member, text=text, written_via="api"))
