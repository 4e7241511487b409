"""When a question is not answered: a link, its page, and what the businesses learn."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from gateway.asking.expire import expire
from gateway.codes import code_of
from gateway.inbound.messages import Outcome
from gateway.links import question_url
from gateway.models import CustomerMessage, HeldItem, Option, Question, Settlement
from gateway.purge import forget_questions
from tests.factories import (
    make_listing,
    make_text,
)
from tests.gateway.asking.pair import (
    PHONE,
    all_goes_out,
    answered_on,
    chosen_on_page,
    living,
    questions,
    shown_to_him,
    to_businesses,
    waiting,
)
from tests.gateway.post import written

pytestmark = pytest.mark.django_db


def link_in(text: str) -> str:
    return text[text.index("https://") :].removeprefix("https://gateway.test")


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
        assert "passed on to Ben" in chosen_on_page(client, url, option=option.pk)
        assert written(flat)[-1] == "Can I see it today?"
        assert "Nothing waits" in chosen_on_page(client, url, option=option.pk)
        assert waiting() == []

    def test_a_digit_is_no_answer_any_more(self, shared_number, later):
        assert make_text(shared_number, PHONE, "1").outcome == Outcome.HELD
        assert waiting() == ["Can I see it today?", "1"]

    def test_what_he_writes_then_is_asked_about_and_then_what_waited(
        self, shared_number, bike, flat, later
    ):
        make_text(shared_number, PHONE, "Hello?")
        all_goes_out()
        make_text(shared_number, PHONE, str(living().options.get(message=bike).number))
        assert written(bike)[-1] == "Hello?"
        all_goes_out()
        make_text(shared_number, PHONE, str(living().options.get(message=flat).number))
        assert written(flat)[-1] == "Can I see it today?"

    def test_the_page_asks_for_one_after_the_other(self, client, shared_number, bike, flat, later):
        make_text(shared_number, PHONE, "Hello?")
        all_goes_out()
        with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1), tick=False):
            expire()
            all_goes_out()
            sent = len(questions())
            url = link_in(questions()[-1])
            page = chosen_on_page(client, url, option=living().options.get(message=flat).pk)
            assert "passed on to Ben" in page
            assert (written(flat)[-1], waiting()) == ("Hello?", ["Can I see it today?"])
            page = chosen_on_page(client, url, option=living().options.get(message=bike).pk)
            assert "passed on to Ann" in page
            assert "<form" not in page
        assert (written(bike)[-1], waiting()) == ("Can I see it today?", [])
        assert len(questions()) == sent

    def test_after_two_weeks_the_link_is_dead(self, client, later):
        url = link_in(questions()[-1])
        with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
            assert client.get(url).status_code == 404

    def test_a_forged_link_opens_nothing(self, client, later):
        url = link_in(questions()[-1])
        assert client.get(url[:-3] + "x/").status_code == 404


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
        chosen_on_page(client, url, name=f" {ann.business.public_address.upper()} ")
        message = CustomerMessage.objects.get(business=ann.business)
        assert (message.message, waiting()) == ("Is it there?", [])

    def test_or_by_a_code(self, client, ann, url):
        listing = make_listing(ann.business)
        chosen_on_page(client, url, name=code_of(listing).lower())
        assert CustomerMessage.objects.get(business=ann.business).listing == listing

    @pytest.mark.parametrize(
        "name", ["", "Ann's Bikes", "#222222", "ann@elsewhere.example", "\x00"]
    )
    def test_what_is_not_exact_files_nothing(self, client, ann, url, name):
        assert "do not know this one" in chosen_on_page(client, url, name=name)
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
            chosen_on_page(client, url, option=option.pk)
        assert waiting() == ["Is it there?", "Hi"]

    def test_guesses_are_braked(self, client, ann, url, settings):
        settings.THROTTLE_ANONYMOUS = "2/hour"
        for _ in range(2):
            chosen_on_page(client, url, name="#222222")
        response = client.post(url, {"name": ann.business.public_address})
        assert response.status_code == 429
        assert waiting() == ["Is it there?"]


def test_the_page_says_nothing_to_who_reads_links_by_machine(client, asked):
    url = question_url(living()).removeprefix("https://gateway.test")
    assert client.head(url).status_code == 200
    assert client.get(url)["X-Robots-Tag"] == "noindex"
    assert client.get(reverse("gateway:question", args=["x"])).status_code == 404


class TestInTheLongRun:
    """Questions that are over are deleted in time."""

    @staticmethod
    def purged(days):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            return forget_questions(timezone.now())

    def test_one_that_is_answered_goes_with_its_options_and_what_was_sent(
        self, shared_number, flat, asked
    ):
        make_text(shared_number, PHONE, "1")
        assert self.purged(days=89) == 0
        assert self.purged(days=91) == 1
        assert (Question.objects.count(), Option.objects.count(), questions()) == (0, 0, [])
        assert written(flat)[-1] == "Can I see it today?"

    def test_one_about_which_something_waits_stays(self, asked):
        assert self.purged(days=400) == 0

    def test_one_whose_texts_people_have_settled_goes(self, shared_number):
        make_text(shared_number, PHONE, "Who is there?")
        HeldItem.objects.update(settlement=Settlement.REFUSED)
        assert self.purged(days=91) == 1


def test_pieces_of_one_question_are_chosen_apart_on_the_page(
    client, shared_number, bike, flat, asked
):
    make_text(shared_number, PHONE, "How many rooms?")
    make_text(shared_number, PHONE, "Has it lights?")
    make_text(shared_number, PHONE, "1")
    all_goes_out()
    assert questions()[-1].startswith('You wrote "How many rooms?", "Has it lights?". ')
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        expire()
        url = link_in(questions()[-1])
        chosen_on_page(client, url, option=living().options.get(message=flat).pk)
        chosen_on_page(client, url, option=living().options.get(message=bike).pk)
    assert (written(flat)[-1], written(bike)[-1]) == ("How many rooms?", "Has it lights?")


class TestTwoTextsWait:
    @pytest.fixture
    def url(self, shared_number):
        """He is unknown, and wrote twice."""
        make_text(shared_number, PHONE, "Is the bike there?")
        make_text(shared_number, PHONE, "How many rooms?")
        return question_url(living()).removeprefix("https://gateway.test")

    def test_what_is_posted_twice_files_one(self, client, ann, url):
        said = {"shown": shown_to_him(), "name": ann.business.public_address}
        client.post(url, said)
        again = client.post(url, said).content.decode()
        assert "do not know this one" in again
        message = CustomerMessage.objects.get(business=ann.business)
        assert (written(message), waiting()) == (["Is the bike there?"], ["How many rooms?"])

    def test_what_he_wrote_since_is_not_filed_in_place_of_what_he_saw(
        self, client, shared_number, ann, bike, flat, asked
    ):
        url = question_url(living()).removeprefix("https://gateway.test")
        said = {"shown": shown_to_him(), "name": ann.business.public_address}
        with time_machine.travel(timezone.now() + timedelta(minutes=30), tick=False):
            make_text(shared_number, PHONE, "How many rooms?")
            assert "do not know this one" in client.post(url, said).content.decode()
        assert waiting() == ["Can I see it today?", "How many rooms?"]
