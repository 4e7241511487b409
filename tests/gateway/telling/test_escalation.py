"""A customer who waits too long: a second channel, once, and not at night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.models import Notice, Role
from gateway.states import change, set_status
from gateway.telling.escalate import escalate_due
from tests.factories import make_member, make_message, make_reply, make_sender
from tests.gateway.post import customer_token, post
from tests.gateway.telling.days import NIGHT, PHONE, choose, sent, verified_phone

pytestmark = pytest.mark.django_db

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def alarmed(ann, clock):
    """Ann's Bikes wants to know after half an hour."""
    ann.business.escalates_after = 30
    ann.business.save()
    return ann


def told(to: str) -> list[str]:
    return [each.rendered.subject for each in sent(to=to) if "waits" in each.rendered.subject]


def test_it_is_off_until_it_is_chosen(ann, clock):
    make_message(ann)
    clock.shift(timedelta(days=3))
    assert escalate_due() == 0
    assert not Notice.objects.exists()


def test_a_phone_is_texted_once_when_the_time_is_over(alarmed, clock):
    make_sender(alarmed.business)
    verified_phone(alarmed)
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR - timedelta(seconds=1))
    assert escalate_due() == 0
    clock.shift(1)
    assert (escalate_due(), escalate_due()) == (1, 0)
    (text,) = sent("sms")
    assert text.to_address == PHONE
    assert text.rendered.text.startswith("Waits for an answer: Maya Okafor to Ann's Bikes:")
    assert len(sent()) == 1


def test_without_a_phone_the_others_are_told_by_mail(alarmed, clock):
    bob = make_member(alarmed.business, Role.MEMBER)
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(bob.user.email) == ["Maya Okafor waits for an answer"]
    assert told(alarmed.user.email) == []


def test_who_is_alone_is_told_again(alarmed, clock):
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(alarmed.user.email) == ["Maya Okafor waits for an answer"]


def test_who_was_answered_in_time_is_no_alarm_and_the_next_wait_is_one_of_its_own(alarmed, clock):
    message = make_message(alarmed)
    clock.shift(timedelta(minutes=20))
    make_reply(message, alarmed)
    clock.shift(timedelta(minutes=5))
    post(customer_token(message))
    clock.shift(timedelta(minutes=10))
    assert escalate_due() == 1
    assert told(alarmed.user.email) == []
    clock.shift(timedelta(minutes=20))
    escalate_due()
    assert len(told(alarmed.user.email)) == 1


def test_who_writes_again_while_he_waits_is_one_alarm(alarmed, clock):
    message = make_message(alarmed)
    clock.shift(timedelta(minutes=20))
    post(customer_token(message))
    clock.shift(timedelta(hours=2))
    escalate_due()
    assert escalate_due() == 0
    assert len(told(alarmed.user.email)) == 1


def test_what_was_archived_is_no_alarm(alarmed, clock):
    message = make_message(alarmed)
    with change(message.pk) as locked:
        set_status(locked, "archived")
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(alarmed.user.email) == []


def test_at_night_it_waits_for_the_morning(alarmed, clock):
    choose(alarmed, **NIGHT)
    clock.shift(timedelta(hours=10, minutes=45))
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert told(alarmed.user.email) == []
    clock.shift(timedelta(hours=9))
    escalate_due()
    assert len(told(alarmed.user.email)) == 1


def test_unless_he_wants_to_be_woken(alarmed, clock):
    choose(alarmed, is_woken=True, **NIGHT)
    clock.shift(timedelta(hours=11))
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert len(told(alarmed.user.email)) == 1


def test_somebody_who_is_awake_is_told_in_his_place(alarmed, clock):
    choose(alarmed, **NIGHT)
    bob = make_member(alarmed.business, Role.MEMBER)
    clock.shift(timedelta(hours=11))
    make_message(alarmed)
    clock.shift(HALF_AN_HOUR)
    escalate_due()
    assert len(told(bob.user.email)) == 1
