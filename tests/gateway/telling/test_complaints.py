"""A member calls our mail spam: no mail goes there, others are told, the dashboard says so and undoes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from channels_out.outbox import drain, enqueue
from channels_out.outgoing import Rendered
from gateway.models import Role
from tests.factories import make_member, make_message, make_reply, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, text_of
from tests.gateway.post import sent_to_customer
from tests.gateway.telling.days import (
    NIGHT,
    NOON,
    PHONE,
    choose,
    complains,
    sent,
    verified_phone,
)

pytestmark = pytest.mark.django_db
CHECK = {"purpose": "check", "rendered": Rendered(text="It works.", subject="A check")}


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    settings.CHANNEL_ADAPTERS = dict.fromkeys(
        ("email", "sms"), "channels_out.adapters.memory.Memory"
    )


@pytest.fixture
def spam(ann):
    make_message(ann)
    complains(sent()[0])
    return ann


def test_the_dashboard_says_so_and_undoes_it(spam):
    client = client_of(spam)
    page = read(client.get("/"))
    said = text_of(page, "#came-back")
    assert f"{spam.user.email}: A mail of ours was reported as spam" in said
    assert "Undone" in text_of(read(press(client, page, "Undo")), "#flash")
    assert "spam" not in text_of(read(client.get("/")), "#came-back")
    make_message(spam, sender_email="noor@home.example")
    drain()
    assert sent()[-1].state == "sent"


def test_others_are_told_of_it_and_in_his_place_from_then_on(ann):
    bob = make_member(ann.business, Role.MEMBER)
    make_message(ann)
    complains(sent()[0])
    assert sent()[-1].to_address == bob.user.email
    assert "reported as spam" in sent()[-1].rendered.text
    make_message(ann, sender_email="noor@home.example")
    assert sent()[-1].to_address == bob.user.email


def test_his_phone_comes_before_the_others(ann):
    make_sender(ann.business)
    verified_phone(ann)
    bob = make_member(ann.business, Role.MEMBER)
    make_message(ann)
    complains(sent()[0])
    (text,) = sent("sms")
    assert text.to_address == PHONE
    assert sent(to=bob.user.email) == []


def test_a_second_complaint_tells_nobody_again(spam):
    bob = make_member(spam.business, Role.MEMBER)
    complains(sent()[0], "unsubscribed")
    assert sent(to=bob.user.email) == []


def test_a_customers_complaint_is_none_of_a_member(ann):
    message = make_message(ann)
    make_reply(message, ann)
    complains(sent_to_customer(message)[0])
    assert "spam" not in text_of(read(client_of(ann).get("/")), "#came-back")
    assert len(sent()) == 1


def test_as_a_customer_of_another_he_learns_by_text_that_his_own_mail_ended(ann, ben):
    make_sender(ben.business)
    verified_phone(ben)
    bought = make_message(ann, sender_email=ben.user.email)
    make_reply(bought, ann)
    complains(sent_to_customer(bought)[0])
    (text,) = sent("sms", PHONE)
    assert "reported as spam" in text.rendered.text
    client = client_of(ben)
    press(client, read(client.get("/")), "Undo")
    make_message(ben)
    drain()
    assert [mail.state for mail in sent(to=ben.user.email)] == ["sent"]


def test_at_each_business_of_his_the_others_are_told_whatever_mail_it_was(ann, ben):
    make_member(ben.business, Role.MEMBER, user=ann.user)
    bob = make_member(ann.business)
    complains(enqueue(channel="email", to_address="Ann.Private77@home.example", **CHECK))
    assert [mail.to_address for mail in sent()] == [bob.user.email, ben.user.email]
    assert all("Ann is told less" in mail.rendered.subject for mail in sent())


def test_of_a_closed_account_nobody_is_told(ann):
    bob = make_member(ann.business)
    ann.user.is_active = False
    ann.user.save()
    complains(enqueue(channel="email", to_address=ann.user.email, **CHECK))
    assert sent(to=bob.user.email) == []


def test_who_is_alone_and_chose_texts_is_told_by_text(spam):
    make_sender(spam.business)
    verified_phone(spam)
    choose(spam, sms=["new"])
    make_message(spam, sender_email="noor@home.example")
    assert (len(sent("sms")), len(sent())) == (1, 1)


def test_at_night_the_others_learn_of_it_in_the_morning(ann):
    bob = make_member(ann.business, Role.MEMBER)
    with time_machine.travel(NOON + timedelta(hours=11)) as clock:
        choose(bob, **NIGHT)
        make_message(ann)
        complains(sent()[0])
        drain()
        assert sent(to=bob.user.email)[0].state == "queued"
        clock.shift(timedelta(hours=9))
        drain()
        assert sent(to=bob.user.email)[0].state == "sent"


def test_that_his_texts_end_as_well_the_others_are_told(spam, ann_number):
    choose(spam, sms=["new"], texts_on=timezone.localdate())
    verified_phone(spam)
    bob = make_member(spam.business)
    before = len(sent(to=spam.user.email))
    make_text(ann_number, PHONE, "STOP")
    (mail,) = sent(to=bob.user.email)
    assert "Somebody texted STOP from this phone" in mail.rendered.text
    assert len(sent(to=spam.user.email)) == before


def test_by_no_other_number_of_ours(spam, ann_number):
    choose(spam, sms=["new"], texts_on=timezone.localdate())
    verified_phone(spam)
    make_sender(spam.business)
    make_text(ann_number, PHONE, "STOP")
    assert sent("sms") == []
