"""What waits for a member when he is told no more is told to others, and of nothing that they know already."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gateway.models import HeldItem
from gateway.remind import remind_due
from gateway.states import change
from gateway.telling.later import tell_due
from gateway.telling.plan import GATHER_FOR
from gateway.telling.stops import stop_digest
from tests.factories import make_member, make_message, make_sender
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read
from tests.gateway.post import customer_token, post
from tests.gateway.telling.days import (
    ALL,
    NIGHT,
    PHONE,
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


class TestWhoseDigestEnds:
    EVENING = timedelta(hours=7)

    @pytest.fixture
    def ann(self, ann, clock):
        choose(ann, digest_at=time(19), timezone="Europe/Berlin")
        return ann

    @pytest.fixture
    def waits(self, ann):
        """Two messages for Ann that wait for her digest."""
        message = make_message(ann, "Is it still there?")
        post(customer_token(message), text="In red?")
        return message

    def test_others_are_told_what_waited_and_what_comes_next(self, ann, bob, waits, clock):
        stop_digest(ann)
        make_message(ann, "How much?", sender_email="noor@home.example")
        assert told(bob, "How much?") == ["queued"]
        clock.shift(self.EVENING)
        worker_looks()
        assert told(bob, "Is it still there?") == told(bob, "In red?") == ["queued"]
        assert sent(to=ann.user.email) == []
        assert waiting() == 0

    def test_also_of_what_she_has(self, ann, bob, waits):
        with change(waits.pk) as locked:
            locked.assigned_to_id = ann.user_id
        stop_digest(ann)
        post(customer_token(waits), text="Or blue?")
        assert told(bob, "Or blue?") == ["queued"]

    def test_undone_it_is_as_before(self, ann, bob, waits, clock):
        stop_digest(ann)
        client = client_of(ann)
        press(client, read(client.get("/")), "Undo")
        make_message(ann, "How much?", sender_email="noor@home.example")
        clock.shift(self.EVENING)
        worker_looks()
        (digest,) = sent(to=ann.user.email)
        assert "Is it still there?" in digest.rendered.text
        assert "How much?" in digest.rendered.text
        assert told(bob, "How much?") == []

    def test_who_chose_texts_goes_on_to_be_told_by_them(self, ann, bob, waits, ann_number, clock):
        verified_phone(ann)
        choose(ann, sms=["new"])
        stop_digest(ann)
        new = make_message(ann, "How much?", sender_email="noor@home.example")
        assert "How much?" in sent("sms")[-1].rendered.text
        assert told(bob, "How much?") == []
        post(customer_token(new), sender=new.sender_email, text="Or less?")
        assert told(bob, "Or less?") == ["queued"]
        clock.shift(self.EVENING)
        worker_looks()
        assert "Is it still there?" in sent("sms")[-1].rendered.text
        assert (told(bob, "Is it still there?"), told(bob, "In red?")) == ([], ["queued"])

    def test_of_what_is_held_she_is_told_as_ever(self, ann, bob, clock):
        stop_digest(ann)
        HeldItem.objects.create(business=ann.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        assert len(sent(to=ann.user.email)) == 1

    def test_who_can_only_be_texted_is_told_where_she_alone_gets_mail(
        self, ann, bob, waits, ann_number
    ):
        verified_phone(bob)
        choose(bob, sms=ALL)
        bob.user.email = ""
        bob.user.save()
        stop_digest(ann)
        make_message(ann, "How much?", sender_email="noor@home.example")
        assert "How much?" in sent("sms", PHONE)[-1].rendered.text

    def test_who_is_alone_is_told_nothing(self, ann, waits, clock):
        stop_digest(ann)
        make_message(ann, sender_email="noor@home.example")
        clock.shift(self.EVENING)
        assert worker_looks() == []
        assert waiting() == 0

    def test_much_that_waits_is_passed_on_with_as_few_questions(
        self, ann, bob, ann_number, waits, clock
    ):
        verified_phone(ann)
        choose(ann, sms=["new"])
        asked = []
        for more in (3, 30):
            for number in range(more):
                make_message(ann, sender_email=f"c{more}.{number}@home.example")
            stop_digest(ann)
            clock.shift(timedelta(days=1))
            with CaptureQueriesContext(connection) as queries:
                tell_due()
            asked.append(len(queries))
            choose(ann, digest_stopped_at=None)
            worker_looks()
        assert asked[1] <= asked[0]
