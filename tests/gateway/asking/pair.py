"""One customer's phone and one of our numbers, in the words of the tests."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.state import State
from gateway.asking.breath import shown_of
from gateway.models import CustomerMessage, HeldItem, Membership, Question
from tests.factories import make_listing, make_message, make_reply

PHONE = "+12125550142"


def all_goes_out() -> None:
    """The worker sends whatever waits."""
    for delivery in Delivery.objects.filter(state=State.QUEUED):
        Delivery.objects.filter(pk=delivery.pk).update(
            state=State.SENT, sent_at=timezone.now(), provider_id=f"SM{delivery.pk.hex}"
        )


def questions(purpose: str = "question") -> list[str]:
    """What the customer was asked, the oldest first."""
    sent = Delivery.objects.filter(purpose=purpose).order_by("id")
    return [delivery.rendered.text for delivery in sent]


def answered_on(member: Membership, title: str = "", phone: str = PHONE) -> CustomerMessage:
    """A conversation by form, which its business answered by text on the shared number."""
    listing: Any = make_listing(member.business, title) if title else None
    message = make_message(member, sender_email="", sender_phone=phone, listing=listing)
    make_reply(message, member)
    all_goes_out()
    return message


def waiting() -> list[str]:
    """What is held, the oldest first."""
    held = HeldItem.objects.filter(settlement="").order_by("created_at", "id")
    return list(held.values_list("text", flat=True))


def living() -> Question | None:
    """The one question that may be answered."""
    return Question.objects.filter(settled_at=None).first()


def shown_to_him() -> str:
    """The text that the page behind the link asks about, as its form names it."""
    question = living()
    item = question and shown_of(question, list(HeldItem.objects.filter(settlement="")))
    return str(item.pk) if item else ""


def chosen_on_page(client: Client, url: str, **said: Any) -> str:
    """He reads the page behind the link and says for whom it is; the page that he sees then."""
    page = client.get(url).content.decode()
    [*shown] = re.findall(r'name="shown" value="([^"]+)"', page)[:1]
    return client.post(url, {"shown": shown, **said}).content.decode()


def to_businesses() -> list[Delivery]:
    """What businesses were told of a text that may be for them."""
    mails = Delivery.objects.filter(channel=Channel.EMAIL, dispatch=None)
    return list(mails.filter(purpose="notification"))
