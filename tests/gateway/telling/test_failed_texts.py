"""What a text failed to tell, a mail does: a message, a night, an alarm, an answer that failed, what is held."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from channels_out.outbox import StatusReport, drain, record_status
from channels_out.outgoing import Rendered
from gateway.assigning import assign
from gateway.members import remove
from gateway.models import Dispatch, HeldItem, Role, Telling
from gateway.outbound.after_failure import follow_up
from gateway.remind import remind_due
from gateway.states import change
from gateway.telling.escalate import escalate_due
from gateway.telling.plan import GATHER_FOR
from gateway.telling.stops import stop_digest
from tests.factories import make_member, make_message, make_reply
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.post import customer_token, post
from tests.gateway.telling.days import (
    ALL,
    NIGHT,
    choose,
    delivered,
    did_not_arrive,
    sent,
    verified_phone,
    waiting,
    worker_looks,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]


class TestMessages:
    def test_one_comes_by_mail(self, by_text):
        make_message(by_text, "Is it still there?")
        did_not_arrive(*sent("sms"))
        (mail,) = worker_looks()
        assert "Is it still there?" in mail.rendered.text
        assert len(worker_looks()) == 1

    def test_not_where_a_mail_told_it_anyway(self, by_text):
        choose(by_text, email=ALL)
        make_message(by_text)
        did_not_arrive(*sent("sms"))
        assert len(worker_looks()) == 1

    def test_a_whole_night_comes_in_one_mail(self, by_text, clock):
        choose(by_text, **NIGHT)
        clock.shift(timedelta(hours=11))
        for number in range(4):
            make_message(by_text, f"Question {number}", sender_email=f"c{number}@home.example")
        clock.shift(timedelta(hours=8))
        worker_looks()
        did_not_arrive(*sent("sms"))
        (mail,) = worker_looks()
        assert all(f"Question {number}" in mail.rendered.text for number in range(4))
        assert waiting() == 0

    def test_so_do_gathered_ones_of_one_customer(self, by_text, clock):
        message = make_message(by_text)
        for number in range(3):
            post(customer_token(message), text=f"Text {number}")
        clock.shift(GATHER_FOR)
        worker_looks()
        _, second = sent("sms")
        did_not_arrive(second)
        (mail,) = worker_looks()
        assert all(f"Text {number}" in mail.rendered.text for number in range(3))

    def test_what_was_read_and_answered_meanwhile_does_not(self, by_text, clock):
        choose(by_text, **NIGHT)
        clock.shift(timedelta(hours=11))
        read = make_message(by_text, "Is it red?", sender_email="first@home.example")
        make_message(by_text, "Unread", sender_email="second@home.example")
        clock.shift(timedelta(hours=8))
        worker_looks()
        client_of(by_text).get(f"/conversations/{read.pk}/")
        make_reply(read, by_text)
        did_not_arrive(*sent("sms"))
        (mail,) = worker_looks()
        assert "Unread" in mail.rendered.text
        assert "Is it red?" not in mail.rendered.text


class TestAnAlarm:
    @pytest.fixture
    def alarmed(self, ann, ann_number, clock):
        """Ann is told by mail; her phone rings of those who wait half an hour."""
        ann.business.escalates_after = 30
        ann.business.save()
        verified_phone(ann)
        return ann

    def test_it_rings_by_mail_and_once(self, alarmed, clock):
        bob = make_member(alarmed.business, Role.MEMBER)
        make_message(alarmed)
        clock.shift(timedelta(minutes=30))
        escalate_due()
        did_not_arrive(*sent("sms"))
        assert (escalate_due(), escalate_due()) == (1, 0)
        (mail,) = sent(to=bob.user.email)
        assert mail.rendered.subject == "Maya Okafor waits for an answer"
        assert len(sent("sms")) == 1

    def test_who_is_alone_gets_the_mail(self, alarmed, clock):
        make_message(alarmed)
        clock.shift(timedelta(minutes=30))
        escalate_due()
        did_not_arrive(*sent("sms"))
        escalate_due()
        assert sent()[-1].rendered.subject == "Maya Okafor waits for an answer"

    def test_not_of_a_customer_who_was_answered_meanwhile(self, alarmed, clock):
        message = make_message(alarmed)
        clock.shift(timedelta(minutes=30))
        escalate_due()
        make_reply(message, alarmed)
        did_not_arrive(*sent("sms"))
        escalate_due()
        assert len(sent()) == 1

    def test_two_texts_that_fail_make_one_mail(self, alarmed, clock):
        bob = make_member(alarmed.business)
        verified_phone(bob, "+14155550112")
        cara = make_member(alarmed.business, Role.MEMBER)
        message = make_message(alarmed)
        message.recipient = None
        message.save()
        clock.shift(timedelta(minutes=30))
        escalate_due()
        first, second = sent("sms")
        did_not_arrive(first)
        did_not_arrive(second)
        escalate_due()
        assert len(sent(to=cara.user.email)) == 1


class TestWhatElseIsTold:
    @pytest.mark.parametrize("email", [[], ["new", "next"], ["held"]])
    def test_an_answer_that_did_not_arrive_is_told_as_that(self, by_text, email):
        choose(by_text, email=email, sms=["failed"])
        message = make_message(by_text)
        reply = make_reply(message, by_text, "Yes, it is.")
        drain()
        bounced = Dispatch.objects.get(reply=reply).delivery
        record_status(StatusReport("smtp", "bounced", message_id=bounced.message_id))
        follow_up()
        did_not_arrive(*(text for text in sent("sms") if "did not arrive" in text.rendered.text))
        mail = worker_looks()[-1]
        assert "Your answer to Maya Okafor did not arrive." in mail.rendered.text
        assert "Archive:" not in mail.rendered.text
        assert mail.dispatch.reply == reply
        assert len([each for each in sent() if "did not arrive" in each.rendered.text]) == 1

    def test_what_is_held_waits_for_the_end_of_quiet_hours(self, by_text, clock):
        HeldItem.objects.create(business=by_text.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        choose(by_text, **{**NIGHT, "quiet_from": time(15), "quiet_until": time(18)})
        did_not_arrive(*sent("sms"))
        assert delivered() == []
        clock.shift(timedelta(hours=2))
        (mail,) = delivered()
        assert mail.rendered.subject == "One message waits for Ann's Bikes"

    def test_what_is_held_is_told_once_where_a_mail_did_anyway(self, by_text, clock):
        choose(by_text, email=ALL)
        HeldItem.objects.create(business=by_text.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        did_not_arrive(*sent("sms"))
        assert len(sent()) == 1

    def test_what_a_colleague_gave_him(self, by_text):
        cara = make_member(by_text.business)
        message = make_message(cara)
        with change(message.pk) as locked:
            assign(locked, by_text, cara)
        did_not_arrive(*sent("sms"))
        (mail,) = sent(to=by_text.user.email)
        assert "gave you this conversation" in mail.rendered.text

    def test_that_he_ended_his_digests_the_others_learn(self, by_text):
        bob = make_member(by_text.business, Role.MEMBER)
        stop_digest(by_text)
        assert sent() == []
        did_not_arrive(*sent("sms"))
        (mail,) = sent()
        assert mail.to_address == bob.user.email
        assert "Ann is told less from now on" in mail.rendered.subject

    def test_not_who_lost_access_meanwhile(self, by_text, clock):
        cara = make_member(by_text.business, Role.MEMBER)
        choose(cara, email=[], sms=ALL)
        verified_phone(cara, "+14155550112")
        message = make_message(by_text)
        with change(message.pk) as locked:
            locked.assigned_to_id = cara.user_id
        post(customer_token(message), text="And the colour?")
        cara.user.is_active = False
        cara.user.save()
        did_not_arrive(sent("sms")[-1])
        (mail,) = worker_looks()
        assert mail.to_address == by_text.user.email
        assert "And the colour?" in mail.rendered.text


class TestWhoHasNoMailAddress:
    """His text is all there is: what it failed to tell, others are told."""

    def loses_his_address(self, member):
        member.user.email = ""
        member.user.save()

    def test_of_a_message(self, by_text):
        bob = make_member(by_text.business, Role.MEMBER)
        make_message(by_text, "Is it still there?")
        self.loses_his_address(by_text)
        did_not_arrive(*sent("sms"))
        (mail,) = worker_looks()
        assert mail.to_address == bob.user.email
        assert "Is it still there?" in mail.rendered.text

    def test_of_what_is_held(self, by_text, clock):
        bob = make_member(by_text.business, Role.MEMBER)
        HeldItem.objects.create(business=by_text.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        self.loses_his_address(by_text)
        did_not_arrive(*sent("sms"))
        (mail,) = delivered()
        assert mail.to_address == bob.user.email

    def test_nothing_goes_to_no_address_where_nobody_else_is(self, by_text):
        self.loses_his_address(by_text)
        make_message(by_text)
        (text,) = sent("sms")
        did_not_arrive(text)
        assert worker_looks() == []
        assert waiting() == 0


class TestWhatAnotherVersionWrote:
    """While two versions work side by side (docs/upgrade.md)."""

    BEFORE = {"mail": Rendered(text="One message waits.").to_payload(), "about": None}
    LATER = {"mail": None, "about": {"kind": "unheard_of", "found_by": {}}}

    @pytest.fixture
    def told(self, by_text, clock):
        """Four hours after something was held a text says so."""
        HeldItem.objects.create(business=by_text.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        return sent("sms")[-1]

    @pytest.mark.parametrize("row", [BEFORE, LATER], ids=["before", "later"])
    def test_its_text_is_recorded_as_failed_and_somebody_reads_so(self, told, row, caplog):
        Telling.objects.update(**row)
        did_not_arrive(told)
        told.refresh_from_db()
        assert told.state == "failed"
        assert sent() == []
        assert f"{Telling.objects.get().pk} of another version" in caplog.text

    def test_its_mail_is_taken_back_with_the_access(self, ann, clock, caplog):
        make_member(ann.business)
        HeldItem.objects.create(business=ann.business, reason="failed_dmarc", channel="email")
        clock.shift(timedelta(hours=4))
        remind_due()
        Telling.objects.update(mail=None, about=None)
        remove(ann.business_id, ann.pk)
        assert [mail.state for mail in sent(to=ann.user.email)] == ["cancelled"]
        assert "of another version" in caplog.text

    def test_the_version_before_finds_no_mail_in_what_this_one_wrote(self, told):
        assert Telling.objects.get().mail is None

    def test_what_a_mail_tells_anyway_is_no_such_thing(self, told, caplog):
        Telling.objects.update(about=None)
        did_not_arrive(told)
        assert caplog.text == ""
