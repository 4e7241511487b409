"""A pool with front doors: numbers in links and QR codes, which are answered from the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from channels_out.channel import Channel
from gateway.codes import code_of, links_of
from gateway.inbound.messages import Outcome
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.asking.pair import PHONE, all_goes_out, questions
from tests.gateway.post import sent_to_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def front_door(shared_number):
    """The number in the links; `shared_number` is the one that conversations go on with."""
    sender = make_sender(None)
    sender.is_front_door = True
    sender.save()
    return sender


@pytest.fixture
def bike(ann):
    return make_listing(ann.business, "Blue bike")


@pytest.fixture
def asked_about(ann, bike, front_door):
    """He texted by the link, and Ann answered."""
    message = make_text(front_door, PHONE, f"Blue bike #{code_of(bike)}: hi").message
    make_reply(message, ann)
    all_goes_out()
    return message


def days_later(days):
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=False)


def test_links_lead_to_a_front_door_and_answers_come_from_another_number(
    ann, bike, front_door, shared_number, asked_about
):
    texts = [link.address for link in links_of(bike, ann.business) if link.channel == Channel.SMS]
    assert texts == [front_door.address]
    assert [each.sender for each in sent_to_customer(asked_about)] == [shared_number]


def test_a_form_is_answered_from_another_number_too(ann, front_door, shared_number):
    message = make_message(ann, sender_email="", sender_phone=PHONE)
    make_reply(message, ann)
    assert [each.sender for each in sent_to_customer(message)] == [shared_number]


@pytest.mark.parametrize("days", [0, 3, 100])
def test_what_he_texts_back_is_that_business_es_however_late(
    ben, front_door, shared_number, asked_about, days
):
    make_message(ben, sender_email="", sender_phone=PHONE, subject="The flat")
    with days_later(days):
        reply = make_text(shared_number, PHONE, "Yes please").reply
    assert (reply.message, reply.filed_by, reply.filed_note) == (asked_about, "pair", "")
    assert questions() == []


def test_each_business_has_a_number_of_its_own_with_him(
    ben, front_door, shared_number, asked_about
):
    second = make_sender(None)
    flat = make_listing(ben.business, "Flat")
    message = make_text(front_door, PHONE, f"Flat #{code_of(flat)}: hi").message
    make_reply(message, ben)
    assert [each.sender for each in sent_to_customer(message)] == [second]
    assert make_text(second, PHONE, "Yes").reply.message == message
    assert make_text(shared_number, PHONE, "Yes").reply.message == asked_about


@pytest.mark.parametrize("days", [1, 13])
def test_at_the_front_door_nobody_is_guessed(front_door, asked_about, days):
    with days_later(days):
        assert make_text(front_door, PHONE, "Is it still there?").outcome == Outcome.HELD
    assert len(questions()) == 1


def test_the_second_piece_of_a_text_needs_no_code(front_door, bike):
    opened = make_text(front_door, PHONE, f"Blue bike #{code_of(bike)}: hi").message
    reply = make_text(front_door, PHONE, "Can I see it today?").reply
    assert (reply.message, reply.filed_by) == (opened, "just_before")


def test_a_code_of_another_business_is_that_business_es(
    ben, front_door, shared_number, asked_about
):
    flat = make_listing(ben.business, "Flat")
    opened = make_text(shared_number, PHONE, f"And #{code_of(flat)}?").message
    assert opened.business == ben.business


def test_a_pool_of_front_doors_only_answers_from_them(front_door, shared_number, asked_about):
    shared_number.is_active = False
    shared_number.save()
    member = make_member()
    message = make_message(member, sender_email="", sender_phone=PHONE)
    make_reply(message, member)
    assert [each.sender for each in sent_to_customer(message)] == [front_door]


@pytest.mark.parametrize("fields", [{"is_shared": False}, {"channel": Channel.WHATSAPP}])
def test_only_a_shared_sms_number_can_be_one(front_door, fields):
    for name, value in fields.items():
        setattr(front_door, name, value)
    with pytest.raises(ValidationError, match="Only a shared SMS number"):
        front_door.full_clean()
