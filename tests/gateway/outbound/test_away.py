"""The away answer: once a day, to whoever surely wrote himself, and never counted as an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import drain, tick
from channels_out.state import State
from gateway.blocking import block
from gateway.inbound.messages import InboundFollowUp
from gateway.inbound.receive import receive
from gateway.inbox import Inbox, Wanted
from gateway.models import AwaySent, MemberAddress, Silence, Status
from gateway.opening import is_open
from gateway.outbound import away, brakes
from gateway.outbound.render_mail import own_address
from gateway.own_view import own_replies
from tests.factories import make_message, make_reply, make_text
from tests.gateway.post import MAYA, PHONE, customer_token, header, mail, notifications, post

pytestmark = pytest.mark.django_db
WORDS = "We are closed and answer tomorrow from nine."
EVERY_DAY = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
NIGHT = datetime(2026, 11, 25, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def night():
    with time_machine.travel(NIGHT, tick=False) as clock:
        yield clock


@pytest.fixture
def ann(ann):
    """Ann, who is closed by now."""
    ann.business.opening_hours = EVERY_DAY
    ann.business.timezone = "UTC"
    ann.business.away_text = WORDS
    ann.business.answers_when_closed = True
    ann.business.save()
    return ann


@pytest.fixture
def letter(ann):
    """A mail to Ann's public address."""
    return post(ann.business.public_address, message_id="<one@home.example>").message


def away_mails():
    return list(Delivery.objects.filter(purpose="away").order_by("id"))


class TestOnceADay:
    def test_who_writes_at_night_is_answered_on_the_channel_he_wrote_on(self, letter):
        (sent,) = away_mails()
        assert (sent.channel, sent.to_address) == (Channel.EMAIL, MAYA)
        assert WORDS in sent.rendered.text
        assert WORDS in sent.rendered.html

    def test_a_text_is_answered_by_text_from_the_same_number(self, ann, ann_number):
        make_text(ann_number, PHONE, "Is it there?")
        (sent,) = away_mails()
        assert (sent.channel, sent.to_address, sent.sender) == (Channel.SMS, PHONE, ann_number)
        assert sent.rendered.text == f"Ann's Bikes: {WORDS}"

    def test_whatsapp_is_answered_there(self, ann, ann_whatsapp):
        make_text(ann_whatsapp, PHONE, "Is it there?")
        assert [sent.channel for sent in away_mails()] == [Channel.WHATSAPP]

    def test_where_the_budget_of_texts_is_spent_the_text_is_filed_without_it(self, ann, ann_number):
        ann.business.texts_a_day = 0
        ann.business.save()
        assert make_text(ann_number, PHONE, "Is it there?").message
        assert not away_mails()

    def test_nobody_is_sent_a_link_for_an_away_answer_that_nothing_is_heard_of(
        self, ann, ann_whatsapp
    ):
        make_text(ann_whatsapp, PHONE, "Is it there?")
        assert not Silence.objects.exists()

    def test_the_rest_of_the_day_nothing_more_is_sent_in_any_conversation_of_his(
        self, ann, letter, night
    ):
        post(customer_token(letter))
        post(ann.business.public_address)
        night.shift(timedelta(hours=23, minutes=59))
        post(customer_token(letter))
        assert len(away_mails()) == 1
        night.shift(timedelta(minutes=1))
        post(customer_token(letter))
        assert len(away_mails()) == 2

    def test_the_same_mail_again_is_not_answered_again(self, ann):
        written = mail(ann.business.public_address)
        receive(written)
        AwaySent.objects.all().delete()
        receive(written)
        assert len(away_mails()) == 1

    def test_while_it_is_open_or_switched_off_nothing_is_sent(self, ann, night):
        night.move_to(NIGHT.replace(hour=9))
        post(ann.business.public_address)
        night.move_to(NIGHT.replace(hour=17))
        ann.business.answers_when_closed = False
        ann.business.save()
        post(ann.business.public_address)
        assert not away_mails()

    def test_it_does_not_begin_when_it_is_late(self, letter, night, memory):
        night.shift(timedelta(hours=2))
        tick()
        drain()
        (sent,) = away_mails()
        assert sent.state == State.FAILED


class TestNeverAnswered:
    def test_a_form_whose_address_and_phone_may_be_anybodys(self, ann, ann_number):
        message = make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="sms")
        receive(InboundFollowUp("form-1", message, "And today?"))
        assert not away_mails()

    @pytest.mark.parametrize(
        "fields",
        [
            {"automatic": "It says Auto-Submitted."},
            {"is_spam": True},
            {"dmarc": "fail"},
            {"sender": ""},
        ],
    )
    def test_what_a_machine_or_a_forger_wrote(self, ann, fields):
        post(ann.business.public_address, **fields)
        assert not away_mails()

    def test_our_own_mail_that_came_back(self, ann):
        post(ann.business.public_address, sender=own_address())
        assert not away_mails()

    def test_a_mail_in_the_name_of_a_known_customer(self, letter):
        AwaySent.objects.all().delete()
        post(customer_token(letter), dmarc="fail")
        post(customer_token(letter), sender="stranger@else.example")
        assert len(away_mails()) == 1

    def test_whoever_is_blocked_or_in_spam(self, letter):
        AwaySent.objects.all().delete()
        block(letter.pk)
        post(customer_token(letter))
        assert len(away_mails()) == 1

    def test_who_has_opted_out(self, ann, ann_number):
        make_text(ann_number, PHONE, "STOP")
        make_text(ann_number, PHONE, "But do tell me")
        assert not away_mails()

    @pytest.mark.parametrize(
        ("text", "verdict"),
        [("STOP", ""), ("Start", ""), ("yes", ""), ("HELP", ""), (" info ", ""), ("Weg", "STOP")],
    )
    def test_who_says_nothing_but_a_keyword(self, ann_number, text, verdict):
        make_text(ann_number, PHONE, text, opt_out=verdict)
        assert not away_mails()

    def test_a_keyword_does_not_spend_the_day_of_what_is_asked_after_it(self, ann_number):
        make_text(ann_number, PHONE, "START")
        asked = make_text(ann_number, PHONE, "Is it there?")
        (sent,) = away_mails()
        assert sent.dispatch.reply.created_at >= asked.reply.created_at

    def test_a_shared_number_on_which_another_business_may_be_meant(self, ann, ben, shared_number):
        for owner in (ann, ben):
            message = make_message(owner, sender_phone=PHONE, reply_by="sms")
            make_reply(message, owner)
        make_text(shared_number, PHONE, "Is it there?")
        assert not away_mails()

    def test_a_text_of_hours_ago_that_had_to_be_asked_for(self, ann, ann_number):
        sent_at = timezone.now() - timedelta(hours=5)
        make_text(ann_number, PHONE, "Hi", received_at=sent_at, recovered_at=timezone.now())
        assert not away_mails()

    def test_a_member_who_writes_from_his_own_phone(self, ann, ann_number):
        MemberAddress.objects.create(
            user=ann.user, channel="sms", address=PHONE, verified_at=timezone.now()
        )
        make_text(ann_number, PHONE, "I am off")
        assert not away_mails()

    def test_who_writes_faster_than_people_do(self, ann, ann_number, monkeypatch):
        monkeypatch.setattr(brakes, "MOST_NOTICES", 1)
        make_text(ann_number, PHONE, "One")
        AwaySent.objects.all().delete()
        make_text(ann_number, PHONE, "Two")
        assert len(away_mails()) == 1

    def test_many_new_addresses_in_one_hour(self, ann, monkeypatch, night):
        monkeypatch.setattr(away, "MOST_NOTICES", 2)
        for number in range(4):
            post(ann.business.public_address, sender=f"maya@home{number}.example")
        assert len(away_mails()) == 2
        night.shift(timedelta(hours=1, seconds=1))
        post(ann.business.public_address, sender="maya@home9.example")
        assert len(away_mails()) == 3


class TestNoAnswer:
    def test_the_customer_still_waits_and_the_owner_is_told(self, ann, letter):
        letter.refresh_from_db()
        assert letter.status == Status.UNREAD
        assert letter.waiting_since == letter.created_at
        assert letter.last_reply_at is None
        assert letter.reply_count == 1
        assert len(notifications(letter)) == 1

    def test_what_was_answered_before_counts_as_before(self, ann, letter, night):
        make_reply(letter, ann)
        night.shift(timedelta(days=1))
        post(customer_token(letter))
        make_reply(letter, ann, "Yes!")
        letter.refresh_from_db()
        assert letter.status == Status.REPLIED
        night.shift(timedelta(days=1))
        post(customer_token(letter))
        letter.refresh_from_db()
        assert (letter.status, letter.waiting_since) == (Status.UNREAD, timezone.now())

    def test_one_that_fails_alarms_nobody(self, letter, memory):
        Delivery.objects.exclude(purpose="away").update(state=State.SENT, due_at=None)
        memory.answers.append(BadAddress())
        drain()
        letter.refresh_from_db()
        assert not letter.has_failed
        assert letter.status == Status.UNREAD

    def test_customer_and_owner_see_it_as_automatic(self, letter):
        (reply,) = own_replies(letter)
        assert (reply.reply, reply.is_automatic, reply.sender) == (WORDS, True, None)

    def test_its_words_find_no_conversation(self, ann, letter):
        for word, found in (("today", [letter]), ("closed", [])):
            assert Inbox([ann.business_id], Wanted(q=word)).page().conversations == found

    def test_answering_it_goes_on_in_the_conversation(self, letter):
        (sent,) = away_mails()
        address = sent.rendered.reply_to
        received = post(address, text="Thank you", references=(sent.message_id,))
        assert received.message == letter


class TestTheMail:
    def test_it_says_that_it_is_automatic_and_threads(self, letter):
        (sent,) = away_mails()
        assert header(sent.rendered, "Auto-Submitted") == "auto-replied"
        assert header(sent.rendered, "X-Auto-Response-Suppress") == "All"
        assert header(sent.rendered, "In-Reply-To") == "<one@home.example>"
        assert header(sent.rendered, "References").split() == [
            "<one@home.example>",
            sent.message_id,
        ]
        assert sent.rendered.subject == "Auto: Your message to Ann's Bikes"
        assert sent.rendered.from_header.startswith('"Ann\'s Bikes" <')

    def test_nothing_of_what_it_answers_travels_by_it(self, ann):
        post(ann.business.public_address, subject="Cheap pills", text="Buy cheap pills")
        (sent,) = away_mails()
        assert "pills" not in str(sent.payload)


class TestHours:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-03-27T08:30+01:00", True),
            ("2026-03-27T12:30+01:00", False),
            ("2026-03-27T13:00+01:00", True),
            ("2026-03-28T01:59+01:00", True),  # Friday's last span
            ("2026-03-28T02:00+01:00", False),
            ("2026-03-29T08:30+02:00", False),  # Sunday
            ("2026-03-30T06:59+00:00", True),  # 08:59 in summer time
            ("2026-03-30T05:59+00:00", False),
            ("2026-10-26T07:00+00:00", True),  # 08:00 in winter time
            ("2026-10-26T06:59+00:00", False),
            ("2026-12-25T10:00+01:00", False),  # closed on that Friday
            ("2026-12-26T01:00+01:00", False),  # and so in the night that follows
        ],
    )
    def test_they_are_of_the_clock_on_its_wall(self, ann, moment, expected):
        business = ann.business
        business.timezone = "Europe/Paris"
        business.opening_hours = {
            "mon": [["08:00", "12:00"]],
            "fri": [["08:00", "12:00"], ["13:00", "17:00"], ["20:00", "02:00"]],
        }
        business.closed_days = ["2026-12-25"]
        assert is_open(business, datetime.fromisoformat(moment)) is expected
