"""On a shared number the customer is asked, and what he wrote waits for his answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.asking.expire import expire
from gateway.codes import code_of, links_of
from gateway.inbound.messages import Outcome
from gateway.links import question_url
from gateway.models import CustomerMessage, HeldItem, Question, Settlement
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
    living,
    questions,
    waiting,
)
from tests.gateway.post import notifications, written

pytestmark = pytest.mark.django_db

ASKED = (
    "Is this about 1 Flat in Main Street (Ben's Flats), 2 Blue bike (Ann's Bikes),"
    " 0 something new? Please answer with the number."
)


@pytest.fixture
def bike(ann, shared_number):
    return answered_on(ann, "Blue bike")


@pytest.fixture
def flat(ben, bike):
    """Both businesses wrote from the one number there is."""
    return answered_on(ben, "Flat in Main Street")


@pytest.fixture
def asked(shared_number, bike, flat):
    """He wrote, and our question went out."""
    received = make_text(shared_number, PHONE, "Can I see it today?")
    assert received.outcome == Outcome.HELD
    all_goes_out()
    return received.held


def link_in(text: str) -> str:
    return text[text.index("https://") :].removeprefix("https://gateway.test")


def test_f53_he_is_asked_and_his_digit_files_what_is_held(shared_number, bike, flat, asked):
    assert questions() == [ASKED]
    assert asked.business is None
    received = make_text(shared_number, PHONE, "2")
    assert (received.outcome, received.message) == (Outcome.FILED, bike)
    assert written(bike)[-1] == "Can I see it today?"
    assert (bike.replies.last().filed_by, waiting()) == ("asked", [])
    assert len(written(flat)) == 2
    asked.refresh_from_db()
    assert (asked.settlement, asked.settled_by) == (Settlement.FILED, None)
    assert len(notifications(bike)) == 2


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


def test_all_that_he_wrote_meanwhile_is_filed_in_its_order(shared_number, flat, asked):
    make_text(shared_number, PHONE, "I could come today")
    make_text(shared_number, PHONE, "at five")
    make_text(shared_number, PHONE, "1")
    assert written(flat)[-3:] == ["Can I see it today?", "I could come today", "at five"]
    assert waiting() == []


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
            "Is this about 1 Blue bike (Ann's Bikes), 0 something new with Ann's Bikes?"
        )
        message = make_text(shared_number, PHONE, "0").message
    assert (message.message, message.business) == ("Do you repair, too?", ann.business)
    assert message != bike


def test_something_new_with_one_of_several_is_asked_on(shared_number, ann, asked):
    assert make_text(shared_number, PHONE, "0").outcome == Outcome.HELD
    all_goes_out()
    assert questions()[-1].startswith(
        "For whom is it: 1 Ben's Flats, 2 Ann's Bikes, 0 somebody else?"
    )
    message = make_text(shared_number, PHONE, "2").message
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
    assert questions()[0].startswith("Geht es um 1 Flat in Main Street (Ben's Flats), 2 ")


def test_conversations_that_he_cannot_tell_apart_are_one_option(shared_number, ann, bike):
    answered_on(ann)
    newest = answered_on(ann)
    make_text(shared_number, PHONE, "Hello?")
    names = list(living().options.order_by("number").values_list("name", flat=True))
    assert names == [
        "something new with Ann's Bikes",
        "Ann's Bikes",
        "Blue bike (Ann's Bikes)",
    ]
    all_goes_out()
    make_text(shared_number, PHONE, "1")
    assert written(newest)[-1] == "Hello?"


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


def to_businesses():
    return list(
        Delivery.objects.filter(channel=Channel.EMAIL, dispatch=None, purpose="notification")
    )


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


class TestInTheEnd:
    """What nobody answers."""

    @pytest.fixture
    def later(self, asked):
        with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1), tick=False):
            assert expire() == 1
            assert expire() == 0
            all_goes_out()
            yield

    def test_each_business_learns_that_something_waits_without_its_text(self, ann, ben, later):
        told = to_businesses()
        assert {mail.to_address for mail in told} == {ann.user.email, ben.user.email}
        for mail in told:
            assert "Can I see it today?" not in mail.rendered.text
        to_ann = next(mail for mail in told if mail.to_address == ann.user.email).rendered.text
        assert "Ann's Bikes" in to_ann
        assert "Ben" not in to_ann
        assert "Main Street" not in to_ann

    def test_the_customer_gets_a_link_on_which_he_chooses(self, client, flat, later):
        url = link_in(questions()[-1])
        page = client.get(url).content.decode()
        assert "Flat in Main Street (Ben&#x27;s Flats)" in page
        assert "Can I see it today?" not in page
        assert waiting() == ["Can I see it today?"]
        option = living().options.get(number=1)
        assert "passed on to Ben" in client.post(url, {"option": option.pk}).content.decode()
        assert written(flat)[-1] == "Can I see it today?"
        assert "Nothing waits" in client.post(url, {"option": option.pk}).content.decode()
        assert waiting() == []

    def test_a_digit_is_no_answer_any_more(self, shared_number, later):
        assert make_text(shared_number, PHONE, "1").outcome == Outcome.HELD
        assert waiting() == ["Can I see it today?", "1"]

    def test_what_he_writes_then_is_asked_anew_and_answers_for_all(
        self, shared_number, bike, later
    ):
        make_text(shared_number, PHONE, "Hello?")
        all_goes_out()
        number = living().options.get(message=bike).number
        make_text(shared_number, PHONE, str(number))
        assert written(bike)[-2:] == ["Can I see it today?", "Hello?"]

    def test_after_two_weeks_the_link_is_dead(self, client, later):
        url = link_in(questions()[-1])
        with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
            assert client.get(url).status_code == 404

    def test_a_forged_link_opens_nothing(self, client, later):
        url = link_in(questions()[-1])
        assert client.get(url[:-3] + "x/").status_code == 404


def test_what_people_settled_meanwhile_is_not_filed_again(shared_number, ann, bike, asked):
    HeldItem.objects.filter(pk=asked.pk).update(settlement=Settlement.REFUSED)
    make_text(shared_number, PHONE, "2")
    assert "Can I see it today?" not in written(bike)
    assert waiting() == ["2"]


class TestAnUnknownWriter:
    """Nothing has passed between him and anybody."""

    @pytest.fixture
    def url(self, shared_number):
        make_text(shared_number, PHONE, "Is it there?")
        all_goes_out()
        return link_in(questions()[0])

    def test_gets_one_message_with_a_link(self, shared_number, url):
        make_text(shared_number, PHONE, "Hello?")
        with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
            make_text(shared_number, PHONE, "Hello??")
            expire()
        assert len(questions()) == 1
        assert waiting() == ["Is it there?", "Hello?", "Hello??"]

    def test_sees_nobodys_name_and_names_the_business_by_its_address(self, client, ann, ben, url):
        page = client.get(url).content.decode()
        assert "Ann" not in page
        assert "Ben" not in page
        client.post(url, {"name": f" {ann.business.public_address.upper()} "})
        message = CustomerMessage.objects.get(business=ann.business)
        assert (message.message, waiting()) == ("Is it there?", [])

    def test_or_by_a_code(self, client, ann, url):
        listing = make_listing(ann.business)
        client.post(url, {"name": code_of(listing).lower()})
        assert CustomerMessage.objects.get(business=ann.business).listing == listing

    @pytest.mark.parametrize(
        "name", ["", "Ann's Bikes", "#222222", "ann@elsewhere.example", "\x00"]
    )
    def test_what_is_not_exact_files_nothing(self, client, ann, url, name):
        assert "do not know this one" in client.post(url, {"name": name}).content.decode()
        assert waiting() == ["Is it there?"]

    def test_cannot_choose_an_option_of_another_customer(
        self, client, shared_number, ann, ben, url
    ):
        other = "+12125550188"
        answered_on(ann, "Blue bike", phone=other)
        answered_on(ben, "Flat", phone=other)
        make_text(shared_number, other, "Hi")
        options = Question.objects.get(normalized=other).options.all()
        for option in options:
            client.post(url, {"option": option.pk})
        assert waiting() == ["Is it there?", "Hi"]

    def test_guesses_are_braked(self, client, ann, url, settings):
        settings.THROTTLE_ANONYMOUS = "2/hour"
        for _ in range(2):
            client.post(url, {"name": "#222222"})
        response = client.post(url, {"name": ann.business.public_address})
        assert response.status_code == 429
        assert waiting() == ["Is it there?"]


class TestACode:
    """A listing's code in the text."""

    def test_it_names_the_listing_on_a_shared_number(self, shared_number, ann, ben, bike, flat):
        listing = make_listing(ann.business, "Red bike")
        received = make_text(shared_number, PHONE, f"Red bike #{code_of(listing)}: is it there?")
        message = received.message
        assert (message.listing, message.business, message.filed_by) == (
            listing,
            ann.business,
            "code",
        )
        again = make_text(shared_number, PHONE, f"#{code_of(listing).lower()} Hello?")
        assert again.message == message

    def test_a_code_of_another_business_says_nothing_on_a_dedicated_number(self, ann_number, ben):
        listing = make_listing(ben.business)
        message = make_text(ann_number, PHONE, f"#{code_of(listing)}").message
        assert message.business == ann_number.dedication.business

    def test_codes_of_two_listings_are_no_evidence(self, shared_number, ann, ben):
        codes = " ".join(f"#{code_of(make_listing(each.business))}" for each in (ann, ben))
        assert make_text(shared_number, PHONE, codes).outcome == Outcome.HELD

    def test_in_an_address_of_the_web_it_is_no_code(self, shared_number, ann):
        code = code_of(make_listing(ann.business))
        held = make_text(shared_number, PHONE, f"https://a.example/#{code} x#{code} #{code}x")
        assert held.outcome == Outcome.HELD

    def test_a_code_alone_answers_our_question(self, shared_number, ann, asked):
        listing = make_listing(ann.business, "Red bike")
        message = make_text(shared_number, PHONE, f"#{code_of(listing)}").message
        assert (message.message, message.listing) == ("Can I see it today?", listing)
        assert waiting() == []

    def test_links_have_it_prefilled(self, ann, ann_number, shared_number, ann_whatsapp):
        listing = make_listing(ann.business, "Blue & fast bike?")
        code = code_of(listing)
        assert code == code_of(listing)
        text = f"Blue%20%26%20fast%20bike%3F%20%23{code}%3A%20"
        assert [link["url"] for link in links_of(listing, ann.business)] == [
            f"sms:{ann_number.address}?body={text}",
            f"https://wa.me/{ann_whatsapp.address[1:]}?text={text}",
        ]


class TestARecycledNumber:
    """After a year of silence a phone may be another person's."""

    def test_f55_it_opens_a_new_conversation_of_a_new_customer(self, ann_number):
        before = make_text(ann_number, PHONE, "Is it there?").message
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            message = make_text(ann_number, PHONE, "Who are you?").message
            assert make_text(ann_number, PHONE, "Hello?").message == message
        assert message != before
        assert message.contact != before.contact
        assert before.subject in message.filed_note

    def test_f55_it_is_not_told_with_whom_the_one_before_dealt(self, shared_number, bike, flat):
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            make_text(shared_number, PHONE, "Who are you?")
        assert "Several businesses use this number" in questions()[0]
        assert not living().options.exists()

    def test_f55_before_that_it_is_the_same(self, ann_number, settings):
        settings.RECYCLED_AFTER_MONTHS = 24
        before = make_text(ann_number, PHONE, "Is it there?").message
        with time_machine.travel(timezone.now() + timedelta(days=361), tick=False):
            assert make_text(ann_number, PHONE, "Hello?").message == before


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


def test_the_page_says_nothing_to_who_reads_links_by_machine(client, asked):
    url = question_url(living()).removeprefix("https://gateway.test")
    assert client.head(url).status_code == 200
    assert client.get(url)["X-Robots-Tag"] == "noindex"
    assert client.get(reverse("gateway:question", args=["x"])).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction after the other"
)
def test_f16_an_album_of_ten_at_once_is_asked_about_once_and_filed_together(
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
    all_goes_out()
    make_text(shared_number, PHONE, "1")
    assert sorted(written(flat)[2:]) == sorted(f"Photo {number}" for number in range(10))
    assert waiting() == []


def test_a_form_that_names_a_phone_is_no_reason_to_name_its_business(ann, shared_number):
    make_message(ann, sender_email="", sender_phone=PHONE)
    make_text(shared_number, PHONE, "Hi")
    assert "Ann" not in questions()[0]
