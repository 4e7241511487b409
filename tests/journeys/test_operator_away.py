"""The operator back from two weeks away: nothing waited unseen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from django.test import Client

from channels_out.adapters.memory import Memory
from channels_out.channel import Channel
from channels_out.errors import BadAddress, CredentialsRefused, SendError, Uncertain
from channels_out.models import Delivery
from channels_out.outgoing import Outgoing, Sent
from channels_out.state import State
from gateway import worker
from gateway.inbound.messages import Outcome
from gateway.models import Failure, HeldItem, Membership
from tests.factories import (
    make_business,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_user,
)
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.post import owner_token, post

pytestmark = pytest.mark.django_db

PHONE = "+14155550177"
AWAY = timedelta(weeks=2)
A_STEP = timedelta(hours=3)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 6, 1, 8, tzinfo=UTC), tick=False) as traveller:
        yield traveller


class Provider(Memory):
    """Takes every message but texts of these words, and cannot be asked."""

    asks = ""
    errors: ClassVar[dict[str, SendError]] = {
        "Refused": BadAddress(),
        "Doubtful": Uncertain("The line broke."),
        "Paused": CredentialsRefused(),
    }

    async def send(self, outgoing: Outgoing) -> Sent:
        for words, error in self.errors.items():
            if outgoing.channel == Channel.SMS and outgoing.rendered.text.endswith(words):
                raise error
        return await super().send(outgoing)


@pytest.fixture
def provider(settings) -> None:
    path = "tests.journeys.test_operator_away.Provider"
    settings.CHANNEL_ADAPTERS = {str(channel): path for channel in Channel}


@pytest.fixture
def ann(clock, provider) -> Membership:
    """An owner who wants to know of customers who wait for an hour."""
    business = make_business("Ann's Bikes")
    business.escalates_after = 60
    business.save()
    return make_member(business, user=make_user("ann@bikes.example", first_name="Ann"))


@pytest.fixture
def operator(ann) -> Any:
    return make_user("operator@gateway.example", is_staff=True)


def works() -> None:
    """The worker does all that is due now."""
    while worker.drain_all():
        pass


def mails_to(address: str) -> list[str]:
    sent = Delivery.objects.filter(to_address=address, channel=Channel.EMAIL).order_by("id")
    return [each.rendered.subject + "\n" + each.rendered.text for each in sent]


def told(address: str, *words: str) -> bool:
    """Whether one mail to him holds all of these."""
    return any(all(each in mail for each in words) for mail in mails_to(address))


def test_whatever_waited_was_told_to_somebody_and_stands_where_he_looks(ann, operator, clock):
    number = make_sender(ann.business)
    make_sender(None)

    # A customer whom nobody answers.
    make_text(number, PHONE, "Is anybody there?")
    # An answer of Ann's from an address that nobody knows.
    unknown = make_message(ann, subject="The red bike")
    held = post(owner_token(unknown, ann), sender="ann@elsewhere.example", text="It is 200.")
    assert held.outcome == Outcome.HELD
    # A text on a number of several businesses, of somebody who never says for whom.
    stranger = make_text(make_sender(None), "+12125550188", "Do you still have it?")
    assert stranger.outcome == Outcome.HELD
    works()
    # Answers that are refused, of which nobody knows, and on a number whose credentials are refused.
    for phone, words in enumerate(("Refused", "Doubtful", "Paused")):
        sender = make_sender(ann.business) if words == "Paused" else number
        message = make_text(sender, f"+1628555010{phone}", f"About {words}").message
        works()
        make_reply(message, ann, words)

    end = datetime(2026, 6, 1, 8, tzinfo=UTC) + AWAY
    while datetime.now(UTC) < end:
        works()
        clock.shift(A_STEP)

    assert told(ann.user.email, "waits")
    assert told(ann.user.email, "It is 200.")
    assert told(ann.user.email, "did not arrive", "You wrote:\n\nRefused")
    assert told(ann.user.email, "did not arrive", "You wrote:\n\nPaused")
    assert told(ann.user.email, "Nobody knows whether", "You wrote:\n\nDoubtful")
    assert told(operator.email, "held")
    assert not HeldItem.objects.filter(
        settlement="", members_told_at=None, staff_told_at=None
    ).exists()
    assert not Failure.objects.exclude(due_at=None).exists()
    stuck = Delivery.objects.filter(state__in=(State.QUEUED, State.SENDING))
    assert not stuck.exists()

    desk = client_of(ann)
    failed = desk.get("/?folder=failed").content.decode()
    assert all(words in failed for words in ("Refused", "Doubtful", "Paused"))
    assert "It is 200." in desk.get("/held/").content.decode()
    office = Client()
    office.force_login(operator)
    assert "Do you still have it?" in office.get("/held/", follow=True).content.decode()
