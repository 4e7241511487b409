"""What numbers and words mean from one question to the next: never two things, and nobody answers in vain."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from gateway.inbound.messages import Outcome
from tests.factories import make_text
from tests.gateway.asking.pair import PHONE, all_goes_out, questions, waiting
from tests.gateway.post import written

pytestmark = pytest.mark.django_db

ASKED_FIRST = "Can I see it today?"


@pytest.fixture
def asked_anew(shared_number, asked):
    """He left the first question, and wrote on: the second one has other numbers."""
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        make_text(shared_number, PHONE, "How many rooms?")
        all_goes_out()
        assert "about 3 Flat in Main Street (Ben's Flats), 4 Blue bike" in questions()[-1]
        yield


def says(number, words):
    received = make_text(number, PHONE, words)
    all_goes_out()
    return received


def test_a_number_that_stood_for_one_business_does_not_stand_for_another_in_the_next_question(
    shared_number, ann, flat, asked_anew
):
    says(shared_number, "0")
    assert "For whom is it: 3 Ben's Flats, 4 Ann's Bikes, 0 " in questions()[-1]
    begun = says(shared_number, "4").message
    assert begun.business == ann.business
    assert f'You wrote "{ASKED_FIRST}". Is this about 5 Ann\'s Bikes, 6 Flat' in questions()[-1]
    assert says(shared_number, "4").outcome == Outcome.HELD  # impatient, or by mistake
    assert waiting() == [ASKED_FIRST, "4"]
    assert says(shared_number, "6").message == flat
    assert written(flat)[-1] == ASKED_FIRST


def test_a_number_that_means_the_same_stays(shared_number, flat, asked_anew):
    says(shared_number, "3")
    assert f'You wrote "{ASKED_FIRST}". Is this about 3 Flat' in questions()[-1]


def test_words_that_may_be_late_are_asked_about_at_once_and_not_told_again(
    shared_number, bike, asked_anew
):
    assert says(shared_number, "Blue bike (Ann's Bikes)").outcome == Outcome.HELD
    assert 'You wrote "How many rooms?". Is this about 3 Flat' in questions()[-1]
    assert says(shared_number, "4").message == bike
    assert written(bike)[-1] == "How many rooms?"
    assert questions()[-1].startswith(f'You wrote "{ASKED_FIRST}". Is this about 3 Flat')
    says(shared_number, "3")
    assert len(questions()) == 4
    assert waiting() == ["Blue bike (Ann's Bikes)"]


def test_who_is_asked_for_a_business_is_asked_that_again(shared_number, ann, asked_anew):
    says(shared_number, "0")
    says(shared_number, "Ann's Bikes")
    assert "For whom is it: 3 Ben's Flats, 4 Ann's Bikes, 0 " in questions()[-1]
    message = says(shared_number, "4").message
    assert (message.message, message.business) == ("How many rooms?", ann.business)


def test_words_of_before_the_question_was_there_ask_not_again(shared_number, bike, flat, asked):
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        make_text(shared_number, PHONE, "How many rooms?")
        make_text(shared_number, PHONE, "Blue bike (Ann's Bikes)", received_at=timezone.now())
        assert len(questions()) == 2
    assert waiting() == [ASKED_FIRST, "How many rooms?", "Blue bike (Ann's Bikes)"]
