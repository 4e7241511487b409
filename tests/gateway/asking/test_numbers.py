"""What numbers and words mean from one question to the next: never two things, and nobody answers in vain."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.models import Delivery
from channels_out.state import State
from gateway.inbound.messages import Outcome
from gateway.models import HeldItem, Option, Settlement
from tests.factories import make_business, make_member, make_reply, make_text
from tests.gateway.asking.pair import (
    PHONE,
    all_goes_out,
    answered_on,
    living,
    questions,
    waiting,
)
from tests.gateway.post import PHOTO, written

pytestmark = pytest.mark.django_db

ASKED_FIRST = "Can I see it today?"
BIKE = "Blue bike (Ann's Bikes)"


def in_minutes(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


@pytest.fixture
def asked_anew(shared_number, asked):
    """He left the first question, and wrote on: the second one has other numbers."""
    with in_minutes(11):
        make_text(shared_number, PHONE, "How many rooms?")
        all_goes_out()
        assert "about 3 Flat in Main Street (Ben's Flats), 4 Blue bike" in questions()[-1]
        yield


def says(number, words, **more):
    received = make_text(number, PHONE, words, **more)
    all_goes_out()
    return received


@pytest.mark.parametrize("answer", ["4", "4.", "4 Blue bike (Ann's Bikes)"])
def test_its_number_answers_with_the_words_or_without(shared_number, bike, asked_anew, answer):
    assert says(shared_number, answer).message == bike


@pytest.mark.parametrize("answer", ["1", "Flat in Main Street (Ben's Flats)"])
def test_who_answers_twice_answers_one_question(shared_number, bike, flat, answer):
    make_text(shared_number, PHONE, "How many rooms?")
    make_text(shared_number, PHONE, "Has it lights?")
    all_goes_out()
    assert says(shared_number, answer).message == flat
    assert says(shared_number, answer).outcome == Outcome.HELD
    assert written(flat)[-1] == "How many rooms?"
    says(shared_number, str(living().options.get(message=bike).number))
    assert written(bike)[-1] == "Has it lights?"


def test_no_number_is_used_twice_in_a_day(shared_number, ann, ben):
    owners = [ann, ben, *(make_member(make_business(f"Shop {number}")) for number in range(3))]
    for number, owner in enumerate(owners):
        answered_on(owner, f"Thing {number}")
    for text in ("First", "Second"):
        make_text(shared_number, PHONE, text)
    all_goes_out()
    for _ in range(2):
        says(shared_number, "0")
        says(shared_number, str(living().options.get(business=ann.business).number))
    numbers = Option.objects.exclude(number=0).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, 5 + 5 + 6 + 5 + 1))
    assert waiting() == []


def test_two_digits_are_an_answer_and_no_other_number_is(shared_number, ann, bike, flat):
    for hour in range(6):
        with in_minutes(120 * hour):
            says(shared_number, f"Text {hour}")
            number = living().options.get(message=bike).number
            assert says(shared_number, str(number)).message == bike
    assert number >= 10
    with in_minutes(900):
        says(shared_number, "Text 6")
        assert says(shared_number, "77").outcome == Outcome.HELD
        assert waiting() == ["Text 6", "77"]


def test_words_that_may_be_late_are_asked_about_once_more_and_not_told_again(
    shared_number, bike, asked_anew
):
    asked = questions()[-1]
    assert says(shared_number, BIKE).outcome == Outcome.HELD
    assert questions()[-2:] == [asked, asked]
    assert says(shared_number, "4").message == bike
    assert written(bike)[-1] == "How many rooms?"
    assert waiting() == [ASKED_FIRST]
    assert questions()[-1].startswith(f'You wrote "{ASKED_FIRST}". Is this about 5 Blue bike')


def test_a_number_counts_while_the_question_is_on_its_way_for_the_second_time(
    shared_number, bike, asked_anew
):
    make_text(shared_number, PHONE, BIKE)
    assert make_text(shared_number, PHONE, "4").message == bike


@pytest.mark.parametrize("which", [-1, -2])
def test_a_quote_of_either_answers_it(shared_number, bike, asked_anew, which):
    says(shared_number, BIKE)
    quoted = Delivery.objects.filter(purpose="question").order_by("id")[::1][which]
    assert says(shared_number, "4", quoted_id=quoted.provider_id).message == bike


def test_words_for_the_second_time_are_a_message(shared_number, asked_anew):
    says(shared_number, BIKE)
    says(shared_number, BIKE)
    assert waiting() == [ASKED_FIRST, "How many rooms?", BIKE]
    assert len(questions()) == 3


def test_words_that_no_question_had_before_answer(shared_number, ann, asked_anew):
    says(shared_number, "0")
    assert "For whom is it: 5 Ben's Flats, 6 Ann's Bikes, 0 " in questions()[-1]
    message = says(shared_number, "Ann's Bikes").message
    assert (message.message, message.business) == ("How many rooms?", ann.business)


def test_words_that_answer_an_owner_are_no_answer_to_us(shared_number, ann, bike, flat, asked):
    make_reply(bike, ann, "Do you want this one, or something new?")
    all_goes_out()
    with in_minutes(13):
        says(shared_number, "Something new!")
        assert questions()[-1].startswith('You wrote "Something new!". ')


def test_a_picture_with_a_number_below_it_is_asked_about(shared_number, bike, flat, asked_anew):
    says(shared_number, "7", files=(PHOTO,))
    for _ in range(3):
        says(shared_number, str(living().options.get(message=flat).number))
    assert waiting() == []


def test_what_people_settled_is_not_what_he_is_asked_for_next(shared_number, bike, flat, asked):
    says(shared_number, "Has it lights?")
    says(shared_number, "0")
    assert "For whom is it" in questions()[-1]
    HeldItem.objects.filter(pk=asked.pk).update(settlement=Settlement.REFUSED)
    with in_minutes(15):
        says(shared_number, "7")
        assert questions()[-1].startswith('You wrote "Has it lights?". Is this about ')
        assert says(shared_number, str(living().options.get(message=bike).number)).message == bike


def test_who_is_asked_for_a_business_is_asked_that_again(shared_number, ann, asked_anew):
    says(shared_number, "0")
    with in_minutes(15):
        says(shared_number, "9")
        assert 'You wrote "How many rooms?". For whom is it: 7 ' in questions()[-1]


class TestLostOnTheWay:
    """A text that the provider's list told us of, hours after it was written."""

    def test_it_follows_nothing_that_he_chose_after_it(self, shared_number, bike, flat):
        began = timezone.now()
        with in_minutes(120):
            says(shared_number, "Has it lights?")
            says(shared_number, str(living().options.get(message=bike).number))
        with in_minutes(121):
            text = {"received_at": began, "recovered_at": timezone.now()}
            assert says(shared_number, "How many rooms?", **text).outcome == Outcome.HELD

    def test_it_answers_nothing_that_we_wrote_after_it(self, shared_number, ann, ben):
        began = timezone.now()
        with in_minutes(120):
            answered_on(ann, "Blue bike")
            text = {"received_at": began, "recovered_at": timezone.now()}
            assert says(shared_number, "How many rooms?", **text).outcome == Outcome.HELD


def test_an_answer_that_waited_for_its_provider_is_answered_at_once(shared_number, ann, ben, bike):
    make_reply(bike, ann, "At five?")
    with in_minutes(20):
        assert Delivery.objects.filter(state=State.QUEUED).exists()
        all_goes_out()
    with in_minutes(21):
        assert make_text(shared_number, PHONE, "Yes").message == bike


def test_a_first_text_is_asked_about_in_its_language(shared_number):
    says(shared_number, "Guten Tag, ist die Wohnung in der Hauptstraße noch frei?", language="de")
    assert "Bitte" in questions()[-1]
