"""What answers nothing: a digit too early or too late, a text that people settled; and how often he is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.models import Delivery, DeliveryAttempt
from gateway.asking.expire import expire
from gateway.inbound.messages import Outcome
from gateway.models import HeldItem, Settlement
from tests.factories import make_reply, make_text
from tests.gateway.asking.pair import PHONE, all_goes_out, living, questions, waiting
from tests.gateway.post import written

pytestmark = pytest.mark.django_db


def in_minutes(minutes: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def test_a_digit_of_before_the_question_went_out_is_no_answer_however_late_it_comes(
    shared_number, bike, flat
):
    make_text(shared_number, PHONE, "How many rooms?")
    written_at = timezone.now()
    with in_minutes(20):
        asked = Delivery.objects.get(purpose="question")
        DeliveryAttempt.objects.create(delivery=asked, number=1)
        all_goes_out()
        late = make_text(shared_number, PHONE, "2", received_at=written_at)
    assert late.outcome == Outcome.HELD
    assert waiting() == ["How many rooms?", "2"]


def test_a_digit_after_an_owners_text_is_not_taken_along_with_what_he_wrote_before(
    shared_number, ann, bike, flat, asked
):
    make_text(shared_number, PHONE, "How many rooms?")
    make_reply(bike, ann, "How many bikes do you want?")
    all_goes_out()
    make_text(shared_number, PHONE, "2")
    with in_minutes(20):
        make_text(shared_number, PHONE, "Hello?")
        all_goes_out()
        for _ in range(2):
            make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
            all_goes_out()
    assert written(flat)[-3:] == ["Can I see it today?", "How many rooms?", "Hello?"]
    assert waiting() == ["2"]


def test_a_number_that_nothing_has_asks_about_the_text_again(shared_number, flat, asked):
    with in_minutes(11):
        make_text(shared_number, PHONE, "7")
        all_goes_out()
        assert questions()[-1].startswith('You wrote "Can I see it today?". ')
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
    assert written(flat)[-1] == "Can I see it today?"


def test_0_to_what_people_settled_asks_about_what_else_waits(shared_number, asked):
    make_text(shared_number, PHONE, "How many rooms?")
    HeldItem.objects.filter(pk=asked.pk).update(settlement=Settlement.REFUSED)
    make_text(shared_number, PHONE, "0")
    assert questions()[-1].startswith('You wrote "How many rooms?". Is this about 3 ')
    assert waiting() == ["How many rooms?"]


def test_who_answered_is_asked_again_at_once(shared_number, ben, bike, flat, asked):
    make_text(shared_number, PHONE, "2")
    with in_minutes(3):
        make_reply(flat, ben, "When?")
        all_goes_out()
        make_text(shared_number, PHONE, "At five")
    assert questions()[-1].startswith('You wrote "At five". ')


def test_who_answers_is_asked_more_than_three_times_a_day(shared_number, bike, flat):
    for hour in range(5):
        with in_minutes(120 * hour):
            make_text(shared_number, PHONE, f"Text {hour}")
            all_goes_out()
            make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
    assert (len(questions()), waiting()) == (5, [])


def test_who_is_asked_late_has_an_hour_to_answer(shared_number, flat, asked):
    with in_minutes(60 * 24 - 10):
        make_text(shared_number, PHONE, "Hello?")
        all_goes_out()
    with in_minutes(60 * 24 + 40):
        assert expire() == 0
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
    assert written(flat)[-1] == "Hello?"


def test_for_minutes_he_goes_on_with_whom_he_chose_and_then_is_asked(shared_number, bike, asked):
    make_text(shared_number, PHONE, "2")
    with in_minutes(4):
        assert make_text(shared_number, PHONE, "Has it lights?").message == bike
    with in_minutes(10):
        assert make_text(shared_number, PHONE, "How many rooms?").outcome == Outcome.HELD


@pytest.mark.parametrize("late", ["1", "2", "Flat in Main Street (Ben's Flats)"])
def test_f16_what_answers_a_question_of_before_never_answers_the_one_in_its_place(
    shared_number, bike, flat, asked, late
):
    with in_minutes(30):
        make_text(shared_number, PHONE, "Has it lights?")
        all_goes_out()
        assert (
            "about 3 Flat in Main Street (Ben's Flats), 4 Blue bike (Ann's Bikes), 0 so"
            in (questions()[-1])
        )
        assert make_text(shared_number, PHONE, late).outcome == Outcome.HELD
        all_goes_out()
        assert make_text(shared_number, PHONE, "4").message == bike
    assert (written(bike)[-1], len(written(flat))) == ("Has it lights?", 2)


def test_a_day_later_the_numbers_begin_anew(shared_number, bike, flat, asked):
    with in_minutes(60 * 25):
        make_text(shared_number, PHONE, "Has it lights?")
    assert "Is this about 1 Flat" in questions()[-1]


def test_what_he_wrote_weeks_ago_is_not_asked_about_again(shared_number, bike, flat, asked):
    with in_minutes(60 * 24 * 15):
        make_text(shared_number, PHONE, "Has it lights?")
        all_goes_out()
        assert make_text(shared_number, PHONE, "2").outcome == Outcome.FILED
    assert (len(questions()), waiting()) == (2, ["Can I see it today?"])


@pytest.mark.parametrize("number", ["+881612345678", "+19005550123"])
def test_a_satellite_or_premium_number_is_never_asked(shared_number, number):
    assert make_text(shared_number, number, "Hello?").outcome == Outcome.HELD
    assert questions() == []
