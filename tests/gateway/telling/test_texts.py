"""Texts to a member's own phone: short, few, with a link to answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels_out.sms import GSM, segments_of
from gateway.inbound.messages import Outcome
from gateway.models import HeldReason, MemberAddress
from gateway.telling import texts
from gateway.telling.plan import GATHER_FOR
from tests.factories import make_message, make_reply, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, text_of
from tests.gateway.post import customer_token, post
from tests.gateway.telling.days import (
    ALL,
    NIGHT,
    PHONE,
    choose,
    sent,
    verified_phone,
    worker_looks,
)

pytestmark = pytest.mark.django_db


class TestAText:
    def test_it_names_the_customer_and_the_business_and_where_to_answer(self, by_text, ann_number):
        message = make_message(by_text, "Is it still there? " * 20)
        (text,) = sent("sms")
        words = text.rendered.text
        assert (text.sender, text.to_address) == (ann_number, PHONE)
        assert words.startswith("Maya Okafor to Ann's Bikes: Is it still there? Is it")
        assert (
            f"Answer here, not by text: https://gateway.test/conversations/{message.pk}/" in words
        )
        said = words.partition(": ")[2].partition("\n")[0]
        assert (len(said), said[-3:]) == (102, "...")
        assert segments_of(words).alphabet == GSM  # half the price of typographic dots
        assert sent() == []

    def test_a_burst_makes_two(self, by_text, clock):
        message = make_message(by_text)
        for number in range(3):
            post(customer_token(message), text=f"Text {number}")
        clock.shift(GATHER_FOR)
        worker_looks()
        _, second = sent("sms")
        assert "(2 more before it): Text 2" in second.rendered.text

    def test_the_night_is_told_in_the_morning_by_one(self, by_text, clock):
        choose(by_text, **NIGHT)
        clock.shift(timedelta(hours=11))
        for name in ("maya", "noor"):
            make_message(by_text, sender_email=f"{name}@home.example")
        assert sent("sms") == []
        clock.shift(timedelta(hours=8))
        worker_looks()
        (text,) = sent("sms")
        assert text.rendered.text.startswith("2 messages wait for Ann's Bikes.")

    def test_who_is_told_by_mail_as_well_gets_the_mail_alone_after_the_night(self, by_text, clock):
        choose(by_text, email=ALL, **NIGHT)
        clock.shift(timedelta(hours=11))
        make_message(by_text)
        clock.shift(timedelta(hours=8))
        assert (len(worker_looks()), sent("sms")) == (1, [])

    def test_so_many_a_day_and_the_next_goes_by_mail(self, by_text, clock, monkeypatch):
        monkeypatch.setattr(texts, "TEXTS_A_DAY", 2)
        for number in range(3):
            make_message(by_text, sender_email=f"writer{number}@home.example")
        assert (len(sent("sms")), len(sent())) == (2, 1)
        clock.shift(timedelta(days=1))
        make_message(by_text, sender_email="noor@home.example")
        assert len(sent("sms")) == 3

    def test_without_a_verified_phone_it_is_a_mail(self, by_text):
        MemberAddress.objects.filter(channel="sms").update(verified_at=None)
        make_message(by_text)
        assert (sent("sms"), len(sent())) == ([], 1)

    def test_without_a_number_of_ours_it_is_a_mail(self, by_text, ann_number):
        ann_number.is_active = False
        ann_number.save()
        make_message(by_text)
        assert (sent("sms"), len(sent())) == ([], 1)

    def test_a_shared_number_on_which_he_is_a_customer_of_another_is_not_used(
        self, by_text, ann_number, shared_number, ben
    ):
        ann_number.is_active = False
        ann_number.save()
        message = make_message(ben, sender_email="", sender_phone=PHONE)
        make_reply(message, ben)
        make_message(by_text)
        assert [each.to_address for each in sent("sms")] == []
        assert len(sent(to=by_text.user.email)) == 1


class TestWhatHeTextsBack:
    def test_it_is_no_customers_message_on_his_own_number(self, by_text, ann_number):
        make_message(by_text)
        ended = make_text(ann_number, PHONE, "Yes, it is")
        assert (ended.outcome, ended.held.reason) == (Outcome.HELD, HeldReason.MEMBER_WROTE)

    def test_nor_on_a_shared_one(self, by_text, ann_number, shared_number):
        ann_number.is_active = False
        ann_number.save()
        make_message(by_text)
        (text,) = sent("sms")
        assert text.sender == shared_number
        ended = make_text(shared_number, PHONE, "Yes, it is")
        assert (ended.outcome, ended.held.reason) == (Outcome.HELD, HeldReason.MEMBER_WROTE)
        assert ended.held.business == by_text.business

    def test_who_gets_no_texts_is_a_customer_on_a_shared_number_as_ever(self, ann, shared_number):
        verified_phone(ann)
        ended = make_text(shared_number, PHONE, "Is it there?")
        assert ended.held.reason == HeldReason.SHARED_NUMBER

    def test_stop_ends_the_texts_and_a_mail_and_the_dashboard_say_so(self, by_text, ann_number):
        make_message(by_text, sender_email="first@home.example")
        for _ in range(2):
            make_text(ann_number, PHONE, "STOP")
        (mail,) = sent()
        assert "Somebody texted STOP from this phone" in mail.rendered.text
        make_message(by_text)
        assert (len(sent("sms")), len(sent())) == (1, 2)
        client = client_of(by_text)
        page = read(client.get("/"))
        said = text_of(page, "#came-back")
        assert f"{PHONE}: Somebody texted STOP" in said
        assert f"text START from this phone to {ann_number.address}" in said
        press(client, page, "Undo")
        make_message(by_text, sender_email="noor@home.example")
        assert len(sent("sms")) == 2

    def test_start_undoes_it_as_well(self, by_text, ann_number):
        make_text(ann_number, PHONE, "STOP")
        make_text(ann_number, PHONE, "START")
        make_message(by_text)
        assert len(sent("sms")) == 1

    def test_a_stop_to_another_business_is_no_end_of_his_own(self, by_text, ann_number, ben):
        make_message(by_text)
        make_text(make_sender(ben.business), PHONE, "STOP")
        assert sent(to=by_text.user.email) == []
        assert text_of(read(client_of(by_text).get("/")), "#came-back") == ""
        make_message(by_text, sender_email="noor@home.example")
        assert len(sent("sms")) == 2

    def test_a_customers_stop_concerns_no_member(self, ann, ann_number):
        make_sender(None)
        make_text(ann_number, "+14155550177", "STOP")
        assert all("STOP from this phone" not in each.rendered.text for each in sent())
