"""On a shared number the customer is asked, and what he wrote waits for his answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.asking.expire import expire
from gateway.asking.words import words_in
from gateway.codes import code_of
from gateway.inbound.messages import Outcome
from gateway.models import CustomerMessage, HeldItem, Settlement
from gateway.words import is_certain
from tests.factories import (
    make_listing,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.asking.pair import (
    PHONE,
    all_goes_out,
    answered_on,
    chosen_on_page,
    living,
    questions,
    to_businesses,
    waiting,
)
from tests.gateway.post import notifications, written

pytestmark = pytest.mark.django_db

ASKED = (
    'You wrote "Can I see it today?". '
    "Is this about 1 Flat in Main Street (Ben's Flats), 2 Blue bike (Ann's Bikes),"
    " 0 something new? Please answer with the number."
)


def test_f53_he_is_asked_and_his_digit_files_what_is_held(shared_number, bike, flat, asked):
    assert questions() == [ASKED]
    assert asked.business is None
    received = make_text(shared_number, PHONE, "2")
    assert (received.outcome, received.message) == (Outcome.FILED, bike)
    assert written(bike)[-1] == "Can I see it today?"
    assert (bike.replies.last().filed_by, waiting()) == ("asked", [])
    assert is_certain(bike.replies.last())
    assert len(written(flat)) == 2
    asked.refresh_from_db()
    assert (asked.settlement, asked.settled_by) == (Settlement.FILED, None)
    assert len(notifications(bike)) == 2


def test_a_question_is_as_cheap_as_an_answer(shared_number, ann, bike, flat):
    ann.business.name = "Ann\u2019s Bikes"
    ann.business.save()
    make_text(shared_number, PHONE, "Can I see it today?")
    assert questions() == [ASKED]


@pytest.mark.parametrize(
    "answer", ["1", " 1. ", "(1)", "1\ufe0f\u20e3", "flat in main street - Ben's flats"]
)
def test_a_digit_or_the_words_of_an_option_answer(shared_number, flat, asked, answer):
    assert make_text(shared_number, PHONE, answer).message == flat


@pytest.mark.parametrize("text", ["7", "12", "1 more thing", "?", "", "one", "$1"])
def test_what_is_no_answer_joins_what_is_held_and_asks_not_again(shared_number, asked, text):
    assert make_text(shared_number, PHONE, text).outcome == Outcome.HELD
    assert waiting() == ["Can I see it today?", text]
    assert len(questions()) == 1


def test_after_his_choice_he_goes_on_there_for_a_while(shared_number, bike, flat, asked):
    make_text(shared_number, PHONE, "2")
    assert make_text(shared_number, PHONE, "Has it lights?").message == bike
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert make_text(shared_number, PHONE, "Hello?").outcome == Outcome.HELD


def test_a_digit_before_the_question_went_out_is_no_answer(shared_number, bike, flat):
    make_text(shared_number, PHONE, "How many rooms?")
    assert make_text(shared_number, PHONE, "1").outcome == Outcome.HELD
    assert waiting() == ["How many rooms?", "1"]


def test_a_digit_that_was_written_before_the_question_is_no_answer(shared_number, asked):
    earlier = timezone.now() - timedelta(minutes=5)
    assert make_text(shared_number, PHONE, "1", received_at=earlier).outcome == Outcome.HELD


def test_a_digit_after_an_owners_text_is_no_answer_to_us(shared_number, ann, bike, asked):
    make_reply(bike, ann, "How many do you want?")
    all_goes_out()
    assert make_text(shared_number, PHONE, "2").outcome == Outcome.HELD
    assert waiting() == ["Can I see it today?", "2"]


def test_a_quote_decides_before_the_digit(shared_number, flat, bike, asked):
    ours = Delivery.objects.get(dispatch__message=bike, channel=Channel.SMS)
    assert make_text(shared_number, PHONE, "1", quoted_id=ours.provider_id).message == bike
    assert waiting() == ["Can I see it today?"]


def test_something_new_with_the_only_business_opens_a_conversation(shared_number, ann, bike):
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        make_text(shared_number, PHONE, "Do you repair, too?")
        all_goes_out()
        assert questions()[0].startswith(
            'You wrote "Do you repair, too?". '
            "Is this about 1 Blue bike (Ann's Bikes), 2 something new with Ann's Bikes,"
            " 0 somebody else?"
        )
        message = make_text(shared_number, PHONE, "2").message
    assert (message.message, message.business) == ("Do you repair, too?", ann.business)
    assert message != bike


@pytest.mark.parametrize(("pause", "is_one"), [(40, True), (80, False)])
def test_something_new_is_what_he_began_with_a_code_in_the_same_minute(
    shared_number, ann, bike, pause, is_one
):
    tent, began = make_listing(ann.business), timezone.now() + timedelta(days=9)
    with time_machine.travel(began, tick=False):
        make_text(shared_number, PHONE, "Can I come today?")
        all_goes_out()
    with time_machine.travel(began + timedelta(seconds=pause), tick=False):
        opened = make_text(shared_number, PHONE, f"Tent #{code_of(tent)}: is it there?").message
    with time_machine.travel(began + timedelta(minutes=5), tick=False):
        message = make_text(shared_number, PHONE, "2").message
    assert (message == opened, waiting()) == (is_one, [])
    assert written(message)[-1] == "Can I come today?"


def test_who_means_somebody_else_than_the_only_business_gets_the_link(
    client, shared_number, ann, ben, bike
):
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        make_text(shared_number, PHONE, "How many rooms?")
        all_goes_out()
        assert make_text(shared_number, PHONE, "0").outcome == Outcome.HELD
        all_goes_out()
        said, url = questions()[-1].split("https://gateway.test")
        assert said == "Several businesses use this number. Please say here which one you mean: "
        assert "Ann" not in client.get(url).content.decode()
        chosen_on_page(client, url, name=ben.business.public_address)
    message = CustomerMessage.objects.get(business=ben.business)
    assert (message.message, waiting()) == ("How many rooms?", [])


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_each_question_has_a_way_out_in_each_language(shared_number, bike, language):
    bike.contact.language = language
    bike.contact.save()
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        make_text(shared_number, PHONE, "?")
    assert f", 0 {words_in(language).other}" in questions()[0]


def test_something_new_with_one_of_several_is_asked_on(shared_number, ann, asked):
    assert make_text(shared_number, PHONE, "0").outcome == Outcome.HELD
    all_goes_out()
    assert questions()[-1].startswith(
        'You wrote "Can I see it today?". '
        "For whom is it: 3 Ben's Flats, 4 Ann's Bikes, 0 somebody else?"
    )
    message = make_text(shared_number, PHONE, "4").message
    assert (message.message, message.business) == ("Can I see it today?", ann.business)
    assert waiting() == []


def test_neither_of_them_gets_a_link_and_waits_for_staff(shared_number, asked):
    for _ in range(2):
        make_text(shared_number, PHONE, "0")
        all_goes_out()
    assert "Please say here which one you mean: https://" in questions()[-1]
    assert waiting() == ["Can I see it today?"]
    assert make_text(shared_number, PHONE, "Hello?").outcome == Outcome.HELD


def test_he_is_asked_in_his_language(shared_number, bike, flat):
    flat.contact.language = "de-AT"
    flat.contact.save()
    make_text(shared_number, PHONE, "Noch da?")
    assert questions()[0].startswith(
        'Sie schrieben "Noch da?". Geht es um 1 Flat in Main Street (Ben\'s Flats), 2 '
    )


def test_conversations_that_he_cannot_tell_apart_are_one_option(shared_number, ann, bike):
    answered_on(ann)
    newest = answered_on(ann)
    make_text(shared_number, PHONE, "Hello?")
    names = list(living().options.order_by("number").values_list("name", flat=True))
    assert names == [
        "somebody else",
        "Ann's Bikes",
        "Blue bike (Ann's Bikes)",
        "something new with Ann's Bikes",
    ]
    all_goes_out()
    make_text(shared_number, PHONE, "1")
    assert written(newest)[-1] == "Hello?"
    filed = newest.replies.last()
    assert (filed.filed_by, is_certain(filed)) == ("asked_alike", False)


def test_who_said_stop_is_not_asked_and_the_businesses_learn_of_it_in_the_end(
    shared_number, bike, flat
):
    make_text(shared_number, PHONE, "STOP")
    make_text(shared_number, PHONE, "Is it there?")
    assert questions() == []
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert expire() == 1
    assert questions() == []
    assert len(to_businesses()) == 2


@pytest.mark.parametrize("writer", ["12345", "PARCEL"])
def test_what_is_no_persons_phone_is_not_asked(shared_number, writer):
    make_text(shared_number, writer, "Your parcel comes")
    assert questions() == []
    assert waiting() == ["Your parcel comes"]


def test_a_number_of_ours_is_not_asked(shared_number):
    other = make_sender(None)
    make_text(shared_number, other.address, "Is this about 1 a, 0 something new?")
    assert questions() == []


def test_a_machine_that_answers_everything_is_asked_three_times_a_day(shared_number, bike, flat):
    began = timezone.now()
    for hour in range(24):
        with time_machine.travel(began + timedelta(minutes=55 * hour), tick=False):
            make_text(shared_number, PHONE, "I am on holiday")
            all_goes_out()
    assert len(questions()) == 3
    assert len(waiting()) == 24


def test_what_people_settled_meanwhile_is_not_filed_again(shared_number, ann, bike, asked):
    HeldItem.objects.filter(pk=asked.pk).update(settlement=Settlement.REFUSED)
    assert make_text(shared_number, PHONE, "2").outcome == Outcome.NOTED
    assert "Can I see it today?" not in written(bike)
    assert waiting() == []


def test_f54_the_same_phone_on_two_of_our_numbers_is_asked_for_each(
    shared_number, bike, flat, asked
):
    second = make_sender(None)
    make_text(second, PHONE, "Who is there?")
    all_goes_out()
    assert make_text(second, PHONE, "1").outcome == Outcome.HELD
    assert waiting() == ["Can I see it today?", "Who is there?", "1"]


def test_f52_a_whatsapp_user_without_a_phone_is_asked_too(ann):
    sender = make_sender(None, Channel.WHATSAPP)
    make_text(sender, "US.13491208655302741918", "Hi")
    assert len(questions()) == 1


def test_on_whatsapp_the_link_comes_before_the_window_closes(ann):
    sender = make_sender(None, Channel.WHATSAPP)
    listing = make_listing(ann.business)
    make_text(sender, PHONE, f"#{code_of(listing)}")
    with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
        make_text(sender, PHONE, "Hello?")
    question = living()
    assert question.due_at - question.created_at < timedelta(hours=23, seconds=1)


def test_a_form_that_names_a_phone_is_no_reason_to_name_its_business(ann, shared_number):
    make_message(ann, sender_email="", sender_phone=PHONE)
    make_text(shared_number, PHONE, "Hi")
    assert "Ann" not in questions()[0]
