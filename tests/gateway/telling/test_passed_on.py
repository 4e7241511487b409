"""What waits for a member when he is told no more is told to others, and of nothing that they know already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.telling.plan import GATHER_FOR
from tests.factories import make_member, make_message, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read
from tests.gateway.post import customer_token, post
from tests.gateway.telling.days import (
    ALL,
    NIGHT,
    choose,
    complains,
    did_not_arrive,
    sent,
    verified_phone,
    waiting,
    worker_looks,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]


@pytest.fixture
def bob(ann):
    return make_member(ann.business)


def told(member, words: str) -> list[str]:
    """The mails to him that show these words, by their state."""
    return [each.state for each in sent(to=member.user.email) if words in each.rendered.text]


class TestWhoseMailEnds:
    @pytest.fixture
    def night(self, ann, clock):
        """Ann got a mail by day; at night a customer writes."""
        choose(ann, **NIGHT)
        make_message(ann)
        clock.shift(timedelta(hours=12))
        return make_message(ann, "Are you asleep?", sender_email="noor@home.example")

    @pytest.fixture(params=["complained", "bounced"])
    def ends(self, request):
        return lambda member: complains(sent(to=member.user.email)[0], request.param)

    def morning(self, clock):
        clock.shift(timedelta(hours=8))
        worker_looks()

    def test_others_are_told_of_the_night(self, ann, bob, night, clock, ends):
        ends(ann)
        self.morning(clock)
        assert (told(ann, "Are you asleep?"), told(bob, "Are you asleep?")) == ([], ["queued"])
        assert waiting() == 0

    def test_and_of_what_is_gathered(self, ann, bob, clock, ends):
        message = make_message(ann)
        post(customer_token(message), text="In red?")
        ends(ann)
        clock.shift(GATHER_FOR)
        worker_looks()
        assert (told(ann, "In red?"), told(bob, "In red?")) == ([], ["queued"])

    def test_not_where_he_undid_it_by_then(self, ann, bob, night, clock):
        complains(sent(to=ann.user.email)[0])
        client = client_of(ann)
        press(client, read(client.get("/")), "Undo")
        self.morning(clock)
        assert (told(ann, "Are you asleep?"), told(bob, "Are you asleep?")) == (["queued"], [])

    def test_nothing_goes_to_a_dead_mailbox_where_nobody_else_is(self, ann, night, clock, ends):
        ends(ann)
        self.morning(clock)
        assert told(ann, "Are you asleep?") == []
        assert waiting() == 0

    def test_who_is_alone_gets_the_text_that_he_chose_beside_the_mail_and_once(
        self, ann, ann_number, night, clock, ends
    ):
        verified_phone(ann)
        choose(ann, sms=ALL)
        ends(ann)
        self.morning(clock)
        text = sent("sms")[-1]
        assert "Are you asleep?" in text.rendered.text
        did_not_arrive(text)
        before = len(sent("sms"))
        worker_looks()
        assert (len(sent("sms")), waiting()) == (before, 0)

    def test_an_heir_whose_mail_ended_as_well_gets_the_text_that_he_chose(
        self, ann, bob, night, clock
    ):
        make_sender(ann.business)
        verified_phone(bob, "+14155550112")
        choose(bob, sms=ALL)
        make_message(bob)
        for member in (ann, bob):
            complains(sent(to=member.user.email)[0])
        self.morning(clock)
        assert "Are you asleep?" in sent("sms", "+14155550112")[-1].rendered.text
