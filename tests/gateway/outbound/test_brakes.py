"""Brakes limit what is sent by itself, never what is filed, and what they hold back is told later."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from gateway.models import CustomerMessage, Digest
from gateway.outbound.brakes import BRAKE_TIME, HELD_BACK
from gateway.outbound.digests import send_due
from tests.factories import make_business, make_member, make_message, make_reply
from tests.gateway.post import customer_token, newest_notification, notifications, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann):
    return make_message(ann)


def after_the_brake_time():
    return time_machine.travel(timezone.now() + BRAKE_TIME + timedelta(seconds=1), tick=False)


def test_f66_a_machine_that_writes_without_end_is_filed_and_tells_nobody_more(message, settings):
    settings.BRAKE_CONVERSATION = 3
    for number in range(5):
        post(customer_token(message), text=f"Answer {number}")
    assert message.replies.count() == 5
    assert len(notifications(message)) == 3
    message.refresh_from_db()
    assert message.unread


def test_f66_what_was_held_back_is_told_in_one_digest_and_no_second_time(message, settings):
    settings.BRAKE_CONVERSATION = 1
    for number in range(7):
        post(customer_token(message), text=f"Answer {number}")
    assert send_due() == 0
    with after_the_brake_time():
        assert send_due() == 1
        assert send_due() == 0
    digest = newest_notification(message)
    assert digest.subject == "7 more from Maya Okafor"
    assert "7 more messages came from Maya Okafor" in digest.text
    assert len(notifications(message)) == 2


def test_the_first_that_is_held_back_says_so_in_the_thread(message, settings):
    settings.BRAKE_CONVERSATION = 1
    for number in range(3):
        post(customer_token(message), text=f"Answer {number}")
    assert [HELD_BACK in reply.filed_note for reply in message.replies.all()] == [
        True,
        False,
        False,
    ]


def test_it_holds_for_all_conversations_of_one_writer_and_no_other(ann, settings):
    settings.BRAKE_CONTACT = 2
    told = [len(notifications(make_message(ann))) for _ in range(4)]
    assert told == [1, 1, 0, 0]
    assert notifications(make_message(ann, sender_email="noor@elsewhere.example"))


def test_f66_a_robot_with_a_new_address_each_time_is_held_by_its_domain(ann, settings):
    settings.BRAKE_DOMAIN = 2
    to = ann.business.public_address
    told = [
        len(notifications(post(to, sender=f"robot{number}@robots.example").message))
        for number in range(4)
    ]
    assert told == [1, 1, 0, 0]
    assert CustomerMessage.objects.count() == 4
    assert notifications(post(to, sender="noor@home.example").message)
    assert Digest.objects.get().key == "domain:robots.example"
    other = make_member(make_business())
    elsewhere = post(other.business.public_address, sender="robot9@robots.example")
    assert notifications(elsewhere.message)


def test_several_members_are_told_of_as_many_messages_as_one(message, ann, settings):
    settings.BRAKE_CONVERSATION = 2
    CustomerMessage.objects.filter(pk=message.pk).update(recipient=None)
    make_member(ann.business)
    post(customer_token(message))
    post(customer_token(message))
    assert len(notifications(message)) == 1 + 2


def test_after_an_hour_the_owner_is_told_again(message, settings):
    settings.BRAKE_CONVERSATION = 1
    with time_machine.travel(message.created_at + BRAKE_TIME - timedelta(seconds=1), tick=False):
        post(customer_token(message))
        assert len(notifications(message)) == 1
    with after_the_brake_time():
        post(customer_token(message))
    assert len(notifications(message)) == 2


def test_a_digest_of_a_conversation_that_is_spam_by_now_tells_nobody(message, settings):
    settings.BRAKE_CONVERSATION = 1
    post(customer_token(message))
    CustomerMessage.objects.filter(pk=message.pk).update(is_spam=True)
    with after_the_brake_time():
        send_due()
    assert len(notifications(message)) == 1
    assert not Digest.objects.exists()


def test_what_the_owner_writes_by_hand_is_never_braked(message, ann, settings):
    settings.BRAKE_CONVERSATION = settings.BRAKE_CONTACT = settings.BRAKE_DOMAIN = 1
    for number in range(4):
        make_reply(message, ann, f"Answer {number}")
    assert message.replies.filter(direction="outbound", dispatches__isnull=False).count() == 4
