"""A phone that answers every text by itself ends no conversation and wakes nobody."""

from __future__ import annotations

import pytest

from gateway.inbound.echo import REPEATED
from gateway.inbound.messages import Outcome
from tests.factories import make_reply, make_sender, make_text
from tests.gateway.post import notifications

pytestmark = pytest.mark.django_db

PHONE = "+14155550199"
AWAY = "We are closed now. Your ticket is 48{}; we call you back."


@pytest.fixture
def number(ann):
    return make_sender(ann.business)


def test_f66_an_sms_auto_responder_is_told_of_once_and_leaves_the_conversation_answered(
    number, ann
):
    message = make_text(number, PHONE, "Is it still there?").message
    outcomes = []
    for ticket in range(4):
        make_reply(message, ann)
        outcomes.append(make_text(number, PHONE, AWAY.format(ticket)).outcome)
    assert outcomes == [Outcome.FILED, *[Outcome.AUTOMATIC] * 3]
    assert len(notifications(message)) == 2
    assert message.replies.filter(direction="inbound").count() == 4
    assert message.replies.latest("created_at").filed_note == REPEATED
    message.refresh_from_db()
    assert message.status == "replied"


@pytest.mark.parametrize("words", ["Ok", "Thank you!", "Yes"])
def test_a_person_may_say_the_same_short_words_again(number, ann, words):
    message = make_text(number, PHONE, "Is it still there?").message
    for _ in range(3):
        make_reply(message, ann)
        assert make_text(number, PHONE, words).outcome == Outcome.FILED


def test_the_same_words_without_an_answer_before_them_are_a_person_who_waits(number):
    for _ in range(3):
        assert make_text(number, PHONE, "Is anybody there to help me?").outcome == Outcome.FILED


def test_other_words_right_after_an_answer_are_a_person(number, ann):
    message = make_text(number, PHONE, "Is it still there, the blue one?").message
    make_reply(message, ann)
    received = make_text(number, PHONE, "And what about the red one then?")
    assert received.outcome == Outcome.FILED
