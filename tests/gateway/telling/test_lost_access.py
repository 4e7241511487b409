"""Who lost access is told nothing more, whatever waited for him; those who answer in his place are."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from channels_out.models import Delivery
from gateway.assigning import assign, release_due
from gateway.members import change_role, remove
from gateway.models import HeldItem, Role
from gateway.outbound.after_failure import follow_up
from gateway.outbound.failures import note_failures
from gateway.remind import remind_due
from gateway.states import change
from gateway.telling.anew import take_back_due
from gateway.telling.escalate import escalate_due
from gateway.telling.stops import stop_digest
from tests.factories import make_member, make_message, make_reply, make_sender, make_text
from tests.gateway.post import customer_token, owner_token, post
from tests.gateway.telling.days import (
    NIGHT,
    choose,
    delivered,
    sent,
    verified_phone,
    waiting,
    worker_looks,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]


@pytest.fixture
def bob(ann, clock):
    """A colleague of Ann's who sleeps at night; it is night."""
    member = make_member(ann.business, Role.MEMBER)
    choose(member, **NIGHT)
    clock.shift(timedelta(hours=13))
    return member


def give(message, to, by):
    with change(message.pk) as locked:
        assign(locked, to, by)


def loses_account(member):
    member.user.is_active = False
    member.user.save()
    take_back_due()


def is_removed(member):
    remove(member.business_id, member.pk)


def becomes_agent(member):
    change_role(member.business_id, member.pk, Role.AGENT)


@pytest.fixture(params=[is_removed, becomes_agent, loses_account])
def lose(request):
    return request.param


def got(member) -> list[str]:
    """What the outbox passed on to him, as text."""
    return [each.rendered.text for each in delivered() if each.to_address == member.user.email]


def morning(clock) -> None:
    while release_due():
        pass
    clock.shift(timedelta(hours=7))
    worker_looks()


class TestOfCustomers:
    def test_what_came_for_the_one_who_has_it_is_told_to_who_has_it_then(
        self, ann, bob, clock, lose
    ):
        message = make_message(ann)
        give(message, bob, ann)
        post(customer_token(message), text="And the colour?")
        lose(bob)
        morning(clock)
        assert got(bob) == []
        assert sum("And the colour?" in text for text in got(ann)) == 1

    def test_his_quiet_hours_are_not_waited_for(self, ann, bob):
        message = make_message(ann)
        give(message, bob, ann)
        post(customer_token(message), text="And the colour?")
        is_removed(bob)
        worker_looks()
        assert "And the colour?" in got(ann)[-1]

    def test_what_a_colleague_was_told_as_well_is_not_told_to_him_again(self, ann, clock):
        cara = make_member(ann.business)
        choose(cara, **NIGHT)
        message = make_message(ann)
        with change(message.pk) as locked:
            locked.recipient = None
        clock.shift(timedelta(hours=13))
        post(customer_token(message), text="One")
        for number in (2, 3):
            post(customer_token(message), text=f"Number {number}")
        clock.shift(timedelta(minutes=5))
        worker_looks()
        before = len(got(ann))
        is_removed(cara)
        morning(clock)
        assert len(got(ann)) == before
        assert waiting() == 0

    def test_what_waits_in_the_outbox_goes_to_others(self, ann, bob, clock, lose):
        choose(bob, quiet_from=None, quiet_until=None)
        message = make_message(ann)
        delivered()
        give(message, bob, ann)
        post(customer_token(message), text="And the colour?")
        lose(bob)
        worker_looks()
        assert got(bob) == []
        assert "And the colour?" in got(ann)[-1]

    def test_an_alarm_rings_elsewhere(self, ann, bob, ann_number, clock):
        ann.business.escalates_after = 30
        ann.business.save()
        verified_phone(bob)
        choose(bob, quiet_from=None, quiet_until=None)
        message = make_message(ann)
        with change(message.pk) as locked:
            locked.assigned_to_id = bob.user_id
        clock.shift(timedelta(minutes=30))
        escalate_due()
        assert len(sent("sms")) == 1
        is_removed(bob)
        escalate_due()
        assert any("has waited for an answer" in text for text in got(ann))


class TestOfOtherThings:
    def test_what_he_was_given_is_not_shown_to_him(self, ann, bob, clock, lose):
        message = make_message(ann, "Secret question")
        give(message, bob, ann)
        lose(bob)
        morning(clock)
        assert got(bob) == []

    def test_a_reminder_goes_to_who_answers_then(self, ann, bob, clock, lose):
        change_role(ann.business_id, bob.pk, Role.OWNER)
        change_role(ann.business_id, ann.pk, Role.MEMBER)
        HeldItem.objects.create(business=ann.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        assert (delivered(), len(sent(to=bob.user.email))) == ([], 1)
        change_role(ann.business_id, ann.pk, Role.OWNER)
        lose(bob)
        clock.shift(timedelta(hours=3))
        assert got(bob) == []
        assert len(got(ann)) == 1

    def test_not_to_who_got_it_himself(self, ann, bob, clock, lose):
        change_role(ann.business_id, bob.pk, Role.OWNER)
        HeldItem.objects.create(business=ann.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        lose(bob)
        clock.shift(timedelta(hours=3))
        assert got(bob) == []
        assert len(got(ann)) == 1

    def test_that_his_answer_did_not_arrive_others_are_told(self, ann, bob, lose):
        message = make_message(ann)
        delivered()
        reply = make_reply(message, bob, "Yes, it is.")
        Delivery.objects.filter(dispatch__reply=reply).update(state="failed", due_at=None)
        note_failures({reply.pk: Delivery.objects.get(dispatch__reply=reply)})
        follow_up()
        assert len(sent(to=bob.user.email)) == 1
        lose(bob)
        assert got(bob) == []
        assert "did not arrive" in got(ann)[-1]

    def test_why_a_mail_of_his_own_was_not_sent_he_still_reads(self, ann, bob):
        message = make_message(ann)
        give(message, bob, ann)
        token = owner_token(message, bob)
        is_removed(bob)
        post(token, sender=bob.user.email, text="It is.")
        take_back_due()
        (text,) = got(bob)
        assert "not" in text


def test_nobody_else_loses_anything(ann, bob):
    make_message(ann)
    assert take_back_due() == 0
    assert len(got(ann)) == 1


class TestWhatSomebodyEnded:
    def test_that_he_is_told_less_is_passed_on_to_nobody(self, ann, bob):
        (mail,) = told_less(bob)
        is_removed(bob)
        mail.refresh_from_db()
        assert mail.state == "cancelled"
        assert sent(to=ann.user.email) == []

    def test_a_colleague_who_is_removed_takes_no_text_of_another_with_him(
        self, ann, ann_number, bob
    ):
        verified_phone(ann)
        choose(ann, digest_at=time(8), **NIGHT)
        stop_digest(ann)
        (text,) = sent("sms")
        is_removed(bob)
        text.refresh_from_db()
        assert text.state == "queued"


def told_less(member):
    """His phone says STOP: he reads by mail in the morning what he ended."""
    choose(member, email=["new"], sms=["new"], texts_on=timezone.localdate(), **NIGHT)
    sender = make_sender(member.business)
    phone = verified_phone(member, "+14155550144")
    make_text(sender, phone, "STOP")
    return sent(to=member.user.email)
