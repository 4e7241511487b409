"""Writers whom no business knows: how many a number asks in a day, and of which countries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections
from django.urls import reverse

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.asking.expire import expire
from gateway.codes import code_of
from gateway.conf import answer_within
from gateway.held import open_items, settle_file
from gateway.inbound.messages import Outcome
from gateway.models import (
    Business,
    CustomerMessage,
    HeldItem,
    Membership,
    MessageReply,
    Question,
    StrangersAsked,
)
from tests.factories import (
    make_listing,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_user,
)
from tests.gateway.asking.pair import (
    PHONE,
    all_goes_out,
    answered_on,
    questions,
    to_businesses,
    waiting,
)

pytestmark = pytest.mark.django_db
GERMAN = "+4915112345678"


@pytest.fixture
def staff():
    return make_user(is_staff=True)


@pytest.fixture
def one_a_day(settings, clock):
    settings.QUESTIONS_PER_DAY = 1
    return clock


def stranger(last: int) -> str:
    return f"+1212555{last:04d}"


def mails_to(user):
    return [row.rendered for row in Delivery.objects.filter(to_address=user.email)]


def shown_to(client, user):
    """What staff read of the newest held text, where held messages are settled, and in the list beside it."""
    client.force_login(user)
    item = open_items(user)[0]
    return client.get(reverse("gateway:held_item", args=[item.pk])).content.decode()


class TestTheLimitOfADay:
    def test_one_too_many_is_held_and_not_asked(self, shared_number, one_a_day):
        make_text(shared_number, stranger(1), "Hello?")
        assert make_text(shared_number, stranger(2), "Is it there?").outcome == Outcome.HELD
        assert len(questions()) == 1
        assert waiting() == ["Hello?", "Is it there?"]

    def test_staff_are_told_once_a_day_of_each_number(self, shared_number, staff, one_a_day):
        other = make_sender(None)
        for number in (shared_number, other):
            for last in range(4):
                make_text(number, stranger(last), "Hello?")
        assert sorted(mail.subject for mail in mails_to(staff)) == sorted(
            f"{number.address} asks no more unknown numbers today"
            for number in (shared_number, other)
        )
        assert "/held/" in mails_to(staff)[0].text
        one_a_day.shift(timedelta(days=1))
        for last in range(10, 13):
            make_text(shared_number, stranger(last), "Hello?")
        assert len(mails_to(staff)) == 3

    def test_staff_read_why_where_they_settle_it(
        self, client, ann, shared_number, staff, one_a_day
    ):
        make_text(shared_number, stranger(1), "Hello?")
        assert "not asked" not in shown_to(client, staff)
        make_text(shared_number, stranger(2), "Is it there?")
        page = shown_to(client, staff)
        assert "So many unknown numbers were asked today that its writer was not." in page
        assert "its writer was not asked" in page
        message = settle_file(open_items(staff)[0], staff, ann.business, None)
        assert message.message == "Is it there?"

    def test_who_was_one_too_many_is_asked_when_he_writes_on_another_day(
        self, client, shared_number, staff, one_a_day
    ):
        make_text(shared_number, stranger(1), "Hello?")
        for _ in range(3):
            make_text(shared_number, stranger(2), "Is it there?")
        assert Question.objects.filter(normalized=stranger(2)).count() == 1
        one_a_day.shift(timedelta(days=1))
        make_text(shared_number, stranger(2), "Well?")
        assert len(questions()) == 2
        assert "not asked" not in shown_to(client, staff)
        assert HeldItem.objects.filter(question__settled_at=None).count() == 5

    def test_who_is_known_is_asked_all_the_same(self, ann, ben, shared_number, one_a_day):
        answered_on(ann, "Blue bike")
        answered_on(ben, "Flat")
        one_a_day.shift(timedelta(minutes=1))
        make_text(shared_number, stranger(1), "Hello?")
        make_text(shared_number, PHONE, "Can I see it?")
        all_goes_out()
        make_text(shared_number, PHONE, "0")
        all_goes_out()
        make_text(shared_number, PHONE, "0")
        assert len(questions()) == 4
        assert "Several businesses use this number" in questions()[-1]

    def test_who_said_stop_takes_nobodys_place(self, shared_number, one_a_day):
        make_text(shared_number, stranger(1), "STOP")
        make_text(shared_number, stranger(1), "Hello?")
        make_text(shared_number, stranger(2), "Hello?")
        assert [each.to_address for each in Delivery.objects.filter(purpose="question")] == [
            stranger(2)
        ]


class TestWhoIsKnown:
    """Where nobody else is asked: nobody a day, and nobody from abroad."""

    @pytest.fixture(autouse=True)
    def nobody_a_day(self, settings, clock):
        settings.QUESTIONS_PER_DAY = 0
        return clock

    @pytest.fixture
    def codes(self, ann, ben):
        """What a text begins with that is for Ann, and one for Ben; anybody may read them."""
        bike, flat = make_listing(ann.business, "Blue bike"), make_listing(ben.business, "Flat")
        return f"#{code_of(bike)}", f"#{code_of(flat)}"

    @pytest.mark.parametrize("phone", [stranger(1), GERMAN])
    def test_nobody_by_texting_what_anybody_may_read(
        self, client, shared_number, staff, codes, nobody_a_day, phone
    ):
        for code in codes:
            assert make_text(shared_number, phone, f"{code} hi").outcome == Outcome.FILED
        assert make_text(shared_number, phone, "Hello?").outcome == Outcome.HELD
        assert "its writer was not asked" in shown_to(client, staff)
        nobody_a_day.shift(answer_within())
        expire()
        assert (questions(), waiting()) == ([], ["Hello?"])
        assert {mail.to_address for mail in to_businesses()} >= {
            member.user.email for member in Membership.objects.all()
        }

    def test_it_counts_like_any_other_strangers(self, shared_number, settings, codes):
        settings.QUESTIONS_PER_DAY = 1
        for last in range(3):
            for code in codes:
                make_text(shared_number, stranger(last), f"{code} hi")
            make_text(shared_number, stranger(last), "Hello?")
        assert len(questions()) == 1
        assert "Blue bike" in questions()[0]

    def test_nobody_by_what_a_machine_answers(self, ann, shared_number, codes):
        Business.objects.update(
            answers_when_closed=True, away_text="We are closed.", opening_hours={}
        )
        for code in codes:
            make_text(shared_number, stranger(1), f"{code} hi")
        assert MessageReply.objects.filter(is_automatic=True).exists()
        make_text(shared_number, stranger(1), "Hello?")
        assert questions() == []

    def test_whom_a_business_answered_after_his_text(self, ann, shared_number, codes, nobody_a_day):
        for code in codes:
            message = make_text(shared_number, GERMAN, f"{code} hi").message
        make_reply(message, Membership.objects.get(business=message.business))
        all_goes_out()
        nobody_a_day.shift(timedelta(minutes=30))
        make_text(shared_number, GERMAN, "Hallo?")
        assert "Blue bike" in questions()[0]

    def test_who_filled_in_a_form_abroad_and_reads_of_no_business(self, ann, shared_number):
        make_message(ann, sender_email="", sender_phone=GERMAN)
        make_text(shared_number, GERMAN, "Hallo?")
        (asked,) = questions()
        assert "http" in asked
        assert ann.business.name not in asked
        assert not StrangersAsked.objects.exists()

    def test_but_by_no_form_that_is_spam(self, ann, shared_number):
        message = make_message(ann, sender_email="", sender_phone=GERMAN)
        CustomerMessage.objects.filter(pk=message.pk).update(is_spam=True)
        make_text(shared_number, GERMAN, "Hallo?")
        assert questions() == []

    @pytest.mark.parametrize("phone", [stranger(1), GERMAN])
    def test_who_was_turned_away_is_asked_on_the_same_day_once_he_is(
        self, ann, ben, shared_number, nobody_a_day, phone
    ):
        make_text(shared_number, phone, "Hello?")
        nobody_a_day.shift(timedelta(minutes=5))
        answered_on(ann, "Blue bike", phone=phone)
        answered_on(ben, "Flat", phone=phone)
        nobody_a_day.shift(timedelta(minutes=30))
        make_text(shared_number, phone, "Yes, at five please")
        (asked,) = questions()
        assert "Blue bike" in asked
        assert "Flat" in asked


class TestCountries:
    def test_a_foreign_number_is_held_and_not_asked(self, client, shared_number, staff):
        make_text(shared_number, GERMAN, "Hallo?")
        assert (questions(), waiting()) == ([], ["Hallo?"])
        assert "unknown numbers of his country are not texted" in shown_to(client, staff)
        assert not StrangersAsked.objects.exists()

    def test_but_where_the_list_names_its_country(self, shared_number, settings):
        settings.TEXT_COUNTRIES = ("DE",)
        make_text(shared_number, GERMAN, "Hallo?")
        make_text(shared_number, PHONE, "Hello?")
        assert len(questions()) == 2

    def test_the_row_of_our_number_says_its_country(self, shared_number):
        shared_number.country = "DE"
        shared_number.save()
        make_text(shared_number, PHONE, "Hello?")
        make_text(shared_number, GERMAN, "Hallo?")
        assert [each.to_address for each in Delivery.objects.all()] == [GERMAN]

    def test_on_whatsapp_no_network_earns_by_it(self, db):
        make_text(make_sender(None, Channel.WHATSAPP), GERMAN, "Hallo?")
        assert len(questions()) == 1


def at_once(number, writers):
    """What became of the texts of so many strangers, eight of whom write at the same instant."""
    gate = Barrier(8)

    def writes(last):
        try:
            gate.wait(timeout=10)
            return make_text(number, stranger(last), "Hello?").outcome
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(writes, range(writers)))


on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_pass_it_and_staff_are_told_once(shared_number, staff, settings):
    settings.QUESTIONS_PER_DAY = 5
    assert at_once(shared_number, 16) == {Outcome.HELD}
    assert (len(questions()), len(waiting()), len(mails_to(staff))) == (5, 16, 1)
    assert StrangersAsked.objects.get().asked == 5


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_all_of_the_first_at_once_are_asked_while_there_is_room(shared_number, staff, settings):
    settings.QUESTIONS_PER_DAY = 100
    at_once(shared_number, 8)
    assert (len(questions()), mails_to(staff)) == (8, [])
    assert StrangersAsked.objects.get().asked == 8
