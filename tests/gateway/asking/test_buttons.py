"""On WhatsApp the question has buttons, and a pressed one names the question it belongs to."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.asking.expire import expire
from gateway.codes import code_of
from gateway.inbound.messages import Outcome
from gateway.models import Membership
from tests.factories import (
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
)
from tests.gateway.asking.pair import PHONE, all_goes_out, living, questions, waiting
from tests.gateway.post import written

pytestmark = pytest.mark.django_db

CONTENTS = {options: f"HX{options:032d}" for options in range(3, 11)}


def wrote_to(sender, *members: Membership) -> list:
    """Conversations that he has with these businesses on the one WhatsApp sender, by a code in his text."""
    made = []
    for number, member in enumerate(members):
        listing = make_listing(member.business, f"Thing {number}")
        message = make_text(sender, PHONE, f"#{code_of(listing)} Is it there?").message
        make_reply(message, member)
        all_goes_out()
        made.append(message)
    return made


def asked_with() -> dict[str, str]:
    """The places of the newest question's template; empty for a plain text."""
    newest = Delivery.objects.filter(purpose="question").order_by("id").last()
    return dict(newest.rendered.content_variables)


@pytest.fixture
def whatsapp(settings, db):
    settings.TWILIO_QUESTION_CONTENT_SIDS = CONTENTS
    return make_sender(None, Channel.WHATSAPP)


@pytest.fixture
def both(whatsapp, ann, ben):
    """Both wrote to him, and he is asked which he means."""
    made = wrote_to(whatsapp, ann, ben)
    make_text(whatsapp, PHONE, "Can I see it today?")
    all_goes_out()
    return made


def press(sender, place, **fields):
    """He presses the button at this place of the newest question."""
    places = asked_with()
    return make_text(sender, PHONE, places[f"title{place}"], pressed=places[f"id{place}"], **fields)


def test_three_options_are_quick_replies_and_the_text_names_them_in_full(both):
    sent = Delivery.objects.get(purpose="question").rendered
    assert sent.content_sid == CONTENTS[3]
    places = asked_with()
    assert places["body"] == questions()[0]
    assert [places[f"title{place}"] for place in (1, 2, 3)] == [
        "1 Thing 1 (Ben's Fl…",
        "2 Thing 0 (Ann's Bi…",
        "0 something new",
    ]
    assert set(places) == {"body", *(f"{name}{n}" for name in ("id", "title") for n in (1, 2, 3))}


def test_more_are_a_list_with_its_label_and_the_names_below(whatsapp, ann, ben):
    wrote_to(whatsapp, ann, ben, make_member())
    make_text(whatsapp, PHONE, "Can I see it today?")
    places = asked_with()
    assert Delivery.objects.get(purpose="question").rendered.content_sid == CONTENTS[4]
    assert (places["button"], places["about2"]) == ("Choose", "Thing 1 (Ben's Flats)")
    assert places["title4"] == "0 something new"
    assert max(len(places[f"title{n}"]) for n in range(1, 5)) <= 24


def test_without_a_template_of_so_many_options_it_is_a_plain_text(whatsapp, settings, ann, ben):
    settings.TWILIO_QUESTION_CONTENT_SIDS = {4: CONTENTS[4]}
    wrote_to(whatsapp, ann, ben)
    make_text(whatsapp, PHONE, "Can I see it today?")
    assert asked_with() == {}
    assert "Please answer with the number." in questions()[0]


def test_a_text_message_has_no_buttons(settings, shared_number, bike, flat):
    settings.TWILIO_QUESTION_CONTENT_SIDS = CONTENTS
    make_text(shared_number, PHONE, "Can I see it today?")
    assert asked_with() == {}


def test_a_pressed_button_files_what_waits(whatsapp, both):
    received = press(whatsapp, 2)
    assert (received.outcome, received.message) == (Outcome.FILED, both[0])
    assert (written(both[0])[-1], waiting()) == ("Can I see it today?", [])


def test_it_counts_after_an_owner_wrote_in_between_where_a_digit_does_not(whatsapp, ann, both):
    make_reply(both[0], ann, "How many do you want?")
    all_goes_out()
    assert make_text(whatsapp, PHONE, "1").outcome == Outcome.HELD
    all_goes_out()
    assert press(whatsapp, 1).message == both[1]
    assert waiting() == ["1"]  # it may be what the owner asked for


def test_it_counts_after_the_time_to_answer_as_long_as_something_waits(whatsapp, both):
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=1), tick=False):
        places = asked_with()
        assert expire() == 1
        received = make_text(whatsapp, PHONE, places["title1"], pressed=places["id1"])
    assert (received.message, waiting()) == (both[1], [])


def test_the_way_out_asks_on(whatsapp, both):
    assert press(whatsapp, 3).outcome == Outcome.HELD
    all_goes_out()
    assert asked_with()["title3"] == "0 somebody else"
    press(whatsapp, 3)
    assert "Please say here which one you mean: https://" in questions()[-1]
    assert waiting() == ["Can I see it today?"]


def test_of_a_question_that_is_over_it_answers_no_other_and_nobody_reads_it(whatsapp, both):
    before = asked_with()
    press(whatsapp, 3)
    all_goes_out()
    old = make_text(whatsapp, PHONE, before["title1"], pressed=before["id1"])
    assert (old.outcome, waiting()) == (Outcome.NOTED, ["Can I see it today?"])
    press(whatsapp, 1)
    twice = press(whatsapp, 1)
    assert twice.outcome == Outcome.NOTED
    texts = [text for message in both for text in written(message)]
    assert not [text for text in texts if text.startswith("1 ")]


def test_of_somebody_elses_question_it_answers_nothing(whatsapp, both):
    places = asked_with()
    other = "+12125550188"
    received = make_text(whatsapp, other, places["title1"], pressed=places["id1"])
    assert (received.outcome, waiting()) == (Outcome.NOTED, ["Can I see it today?"])
    assert living().address == PHONE


@pytest.mark.parametrize("payload", ["yes", "question:1", "question:" + "0" * 32 + ":x"])
def test_a_button_of_an_owners_own_template_is_a_message(whatsapp, ann, payload):
    (message,) = wrote_to(whatsapp, ann)
    received = make_text(whatsapp, PHONE, "Yes, please", pressed=payload)
    assert (received.message, received.reply.reply) == (message, "Yes, please")


def test_a_form_is_no_reason_for_a_button_with_its_business(whatsapp, ann, ben):
    wrote_to(whatsapp, ann)
    make_message(ben, sender_email="", sender_phone=PHONE)
    make_text(whatsapp, PHONE, "How many rooms?")
    assert not [text for text in asked_with().values() if "Ben" in text]
