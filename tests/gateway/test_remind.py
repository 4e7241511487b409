"""The clock of what is held: its business is reminded, then staff, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.models import Delivery
from gateway.held import settle_refuse
from gateway.models import HeldItem, Question
from gateway.remind import remind_due
from tests.factories import make_member, make_sender, make_text, make_user

pytestmark = pytest.mark.django_db


def hold(business=None, **fields):
    given = {"reason": "failed_dmarc", "channel": "email", "text": "Pay me", **fields}
    return HeldItem.objects.create(business=business, from_name="A stranger", **given)


def mails_to(user):
    return [row.rendered for row in Delivery.objects.filter(to_address=user.email).order_by("id")]


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as travel:
        yield travel


@pytest.fixture
def staff():
    return make_user(is_staff=True)


def test_the_people_are_reminded_once_and_then_staff_without_a_word_of_it(ann, ben, staff, clock):
    hold(ann.business)
    assert remind_due() == 0
    clock.shift(timedelta(hours=4))
    assert (remind_due(), remind_due()) == (1, 0)
    assert len(mails_to(ann.user)) == 1
    assert not mails_to(staff)
    clock.shift(timedelta(hours=20))
    assert (remind_due(), remind_due()) == (1, 0)
    assert len(mails_to(ann.user)) == 1
    assert "Ann's Bikes: 1" in mails_to(staff)[0].text
    assert not mails_to(ben.user)
    for mail in (*mails_to(ann.user), *mails_to(staff)):
        assert "stranger" not in mail.text + mail.subject
        assert "Pay me" not in mail.text + mail.subject
        assert ("Auto-Submitted", "auto-generated") in mail.headers


def test_what_names_no_business_is_for_staff_alone(ann, staff, clock):
    hold()
    clock.shift(timedelta(hours=4))
    assert (remind_due(), remind_due()) == (1, 0)
    assert not mails_to(ann.user)
    assert "no business is named: 1" in mails_to(staff)[0].text


def test_what_nobody_of_its_business_may_settle_is_for_staff_at_once(ann, ben, staff, clock):
    ann.user.is_active = False
    ann.user.save()
    hold(ann.business)
    hold(ben.business)
    clock.shift(timedelta(hours=4))
    assert (remind_due(), remind_due()) == (2, 0)
    assert not mails_to(ann.user)
    (mail,) = mails_to(staff)
    assert "nobody of the business may answer any more:\nAnn's Bikes: 1" in mail.text
    assert "/held/" in mail.text
    assert "Only they can settle it" not in mail.text
    clock.shift(timedelta(hours=20))
    remind_due()
    assert "Only they can settle it" in mails_to(staff)[1].text


def test_a_flood_makes_one_mail_in_some_hours(ann, staff, clock):
    for _ in range(30):
        hold(ann.business)
        hold()
        clock.shift(timedelta(minutes=10))
        remind_due()
    assert (len(mails_to(ann.user)), len(mails_to(staff))) == (1, 1)


def test_a_flood_of_days_reminds_of_each_once(ann, staff, clock):
    for _ in range(96):
        hold(ann.business)
        clock.shift(timedelta(minutes=30))
        remind_due()
    assert len(mails_to(ann.user)) <= 12
    assert len(mails_to(staff)) <= 7
    assert not HeldItem.objects.filter(
        members_told_at=None, created_at__lte=timezone.now() - timedelta(hours=4)
    ).exists()


def test_what_is_settled_is_not_mentioned(ann, staff, clock):
    settle_refuse(hold(ann.business), ann.user)
    clock.shift(timedelta(days=2))
    assert remind_due() == 0


def test_after_a_long_standstill_the_people_still_come_first(ann, staff, clock):
    hold(ann.business)
    clock.shift(timedelta(days=3))
    remind_due()
    assert len(mails_to(ann.user)) == len(mails_to(staff)) == 1


def test_only_who_may_answer_is_reminded(ann, clock):
    agent = make_member(ann.business, role="agent")
    hold(ann.business)
    clock.shift(timedelta(hours=4))
    remind_due()
    assert mails_to(ann.user)
    assert not mails_to(agent.user)


def test_the_times_are_settings(ann, staff, clock, settings):
    settings.HELD_REMIND_HOURS, settings.HELD_STAFF_HOURS = 1, 2
    hold(ann.business)
    clock.shift(timedelta(hours=1))
    assert remind_due() == 1
    clock.shift(timedelta(hours=1))
    assert remind_due() == 1
    assert mails_to(staff)


def test_while_the_customer_may_still_answer_our_question_nobody_is_reminded(ann, staff, clock):
    make_text(make_sender(None), "+12125550199", "Who is there?")
    Question.objects.update(due_at=timezone.now() + timedelta(hours=24))
    clock.shift(timedelta(hours=5))
    assert remind_due() == 0
    Question.objects.update(due_at=None, expired_at=timezone.now())
    assert remind_due() == 1
    assert mails_to(staff)
