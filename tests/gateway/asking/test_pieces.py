"""Several texts in a row: each is asked about, what was written in one breath together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from gateway.inbound.messages import Outcome
from tests.factories import make_reply, make_text
from tests.gateway.asking.pair import PHONE, all_goes_out, living, questions, waiting
from tests.gateway.post import written

pytestmark = pytest.mark.django_db


def test_what_he_wrote_meanwhile_is_asked_about_next_in_one_question(shared_number, flat, asked):
    make_text(shared_number, PHONE, "I could come today")
    make_text(shared_number, PHONE, "at five")
    make_text(shared_number, PHONE, "1")
    assert (written(flat)[-1], len(waiting())) == ("Can I see it today?", 2)
    all_goes_out()
    assert questions()[-1].startswith('You wrote "I could come today", "at five". Is this about 3 ')
    make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
    assert written(flat)[-3:] == ["Can I see it today?", "I could come today", "at five"]
    assert waiting() == []


def test_f53_of_two_texts_a_second_apart_each_reaches_the_business_it_is_for(
    shared_number, bike, flat
):
    make_text(shared_number, PHONE, "How many rooms?")
    make_text(shared_number, PHONE, "Has it lights?")
    all_goes_out()
    make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
    all_goes_out()
    assert questions()[-1].startswith('You wrote "Has it lights?". Is this about 3 ')
    make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
    assert (written(flat)[-1], written(bike)[-1]) == ("How many rooms?", "Has it lights?")


def test_of_many_pieces_the_question_quotes_three_and_counts_the_rest(shared_number, flat, asked):
    for piece in ("It", "is", "5", "for", "two", "3"):
        make_text(shared_number, PHONE, piece)
    make_text(shared_number, PHONE, "1")
    assert questions()[-1].startswith('You wrote "It", "is", "5" (+2). Is this about 3 ')
    all_goes_out()
    make_text(shared_number, PHONE, "3")
    assert (written(flat)[-5:], waiting()) == (["It", "is", "5", "for", "two"], ["3"])


@pytest.mark.parametrize("pause", [timedelta(minutes=11), timedelta(hours=5), timedelta(days=4)])
def test_what_he_wrote_earlier_is_asked_about_by_itself(shared_number, bike, flat, asked, pause):
    with time_machine.travel(timezone.now() + pause, tick=False):
        make_text(shared_number, PHONE, "How many rooms has it, and is there a garden?")
        all_goes_out()
        assert questions()[-1].startswith('You wrote "How many rooms has it, and...". Is')
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
        assert written(flat)[-1] == "How many rooms has it, and is there a garden?"
        assert waiting() == ["Can I see it today?"]
        all_goes_out()
        assert questions()[-1].startswith('You wrote "Can I see it today?". Is this about ')
        make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
    assert written(bike)[-1] == "Can I see it today?"
    assert waiting() == []


def test_what_he_writes_while_a_question_stands_does_not_follow_his_last_choice(
    shared_number, bike, flat, asked
):
    with time_machine.travel(timezone.now() + timedelta(hours=5), tick=False):
        make_text(shared_number, PHONE, "How many rooms?")
        all_goes_out()
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
        all_goes_out()
        assert make_text(shared_number, PHONE, "I meant the bike").outcome == Outcome.HELD
        make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
    assert written(bike)[-1] == "Can I see it today?"


def test_pieces_with_a_pause_between_are_asked_about_apart(shared_number, bike, flat, asked):
    began = timezone.now()
    for piece, seconds in (("Piece 1", 50), ("Piece 2", 100), ("Later 1", 170), ("Later 2", 220)):
        with time_machine.travel(began + timedelta(seconds=seconds), tick=False):
            make_text(shared_number, PHONE, piece)
            all_goes_out()
    with time_machine.travel(began + timedelta(minutes=20), tick=False):
        make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
        all_goes_out()
        assert questions()[-1].startswith('You wrote "Later 1", "Later 2". ')
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
        all_goes_out()
        assert questions()[-1].startswith('You wrote "Piece 1", "Piece 2". ')
        make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
    assert written(bike)[-3:] == ["Can I see it today?", "Piece 1", "Piece 2"]
    assert (written(flat)[-2:], waiting()) == (["Later 1", "Later 2"], [])


def test_what_comes_after_a_pause_is_asked_about_by_itself(shared_number, bike, flat, asked):
    began = timezone.now()
    with time_machine.travel(began + timedelta(minutes=4), tick=False):
        make_text(shared_number, PHONE, "How many rooms?")
        all_goes_out()
    assert len(questions()) == 1
    with time_machine.travel(began + timedelta(minutes=5), tick=False):
        make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
        all_goes_out()
    assert (written(bike)[-1], waiting()) == ("Can I see it today?", ["How many rooms?"])
    assert "How many rooms?" in questions()[-1]


def test_pictures_without_words_are_counted(shared_number, bike, flat):
    for _ in range(4):
        make_text(shared_number, PHONE, "")
    all_goes_out()
    assert questions()[0].startswith("You sent a picture or a file. Is this about 1 Flat")
    make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
    assert questions()[-1].startswith("You sent a picture or a file (+2). Is this about 3 Blue")


def test_what_he_wrote_before_an_owners_text_is_not_filed_by_an_answer_about_what_he_wrote_after(
    shared_number, ann, bike, flat, asked
):
    began = timezone.now()
    with time_machine.travel(began + timedelta(hours=2), tick=False):
        make_reply(bike, ann, "It has lights.")
        all_goes_out()
    with time_machine.travel(began + timedelta(hours=3), tick=False):
        make_text(shared_number, PHONE, "How many rooms?")
        all_goes_out()
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
    assert written(flat)[-1] == "How many rooms?"
    assert waiting() == ["Can I see it today?"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
)
def test_f16_an_album_of_ten_at_once_is_asked_about_twice_and_filed_whole(
    shared_number, bike, flat
):
    at_once = Barrier(10)

    def write(number):
        at_once.wait()
        make_text(shared_number, PHONE, f"Photo {number}")
        connections.close_all()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(write, range(10)))
    assert (len(questions()), len(waiting())) == (1, 10)
    for _ in range(2):
        all_goes_out()
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
    assert "(+6)" in questions()[-1]
    assert sorted(written(flat)[2:]) == sorted(f"Photo {number}" for number in range(10))
    assert waiting() == []
