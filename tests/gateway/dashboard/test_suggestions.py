"""What agents propose stands above the reply box until a member uses it, does without it, or it is past."""

from __future__ import annotations

import pytest

from gateway.join import join
from gateway.models import Role, SuggestionState
from gateway.suggestions import suggest
from tests.factories import make_business, make_member, make_message, make_reply, make_user
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, submit
from tests.gateway.post import customer_token, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(ann):
    """A program that proposes answers."""
    return make_member(ann.business, Role.AGENT, make_user(first_name="Robo"))


def opened(browser, message):
    return read(browser.get(f"/conversations/{message.pk}/"))


def offered(browser, message):
    return [each.get_text() for each in opened(browser, message).select(".suggestion p")]


def test_the_newest_three_are_offered_with_who_proposed_them(browser, agent, message):
    for number in range(5):
        suggest(message, agent, f"Answer {number}")
    assert offered(browser, message) == ["Answer 4", "Answer 3", "Answer 2"]
    assert "Robo" in opened(browser, message).select_one(".suggestion").get_text()
    states = message.suggestions.order_by("id").values_list("state", flat=True)
    assert list(states) == ["superseded"] * 2 + ["open"] * 3


@pytest.mark.parametrize(
    ("sent", "state"),
    [("Yes, it is.", SuggestionState.USED), ("Yes, it is, Maya.", SuggestionState.EDITED)],
)
def test_what_is_sent_of_one_is_recorded(browser, agent, message, sent, state):
    suggestion = suggest(message, agent, "Yes, it is.")
    submit(browser, opened(browser, message), "#composer", reply=sent, suggestion=suggestion.pk)
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.reply) == (state, message.replies.get())
    assert offered(browser, message) == []


def test_it_is_remembered_with_what_was_typed_when_it_cannot_be_sent(browser, agent, message):
    suggestion = suggest(message, agent, "Yes, it is.")
    values = {"reply": "Yes, it is.", "suggestion": suggestion.pk, "channel": "sms"}
    page = read(submit(browser, opened(browser, message), "#composer", **values))
    assert page.select_one("#composer [name=suggestion]")["value"] == str(suggestion.pk)


def test_one_of_another_conversation_is_left_alone(browser, ann, agent, message):
    other = suggest(make_message(ann), agent, "Yes.")
    submit(browser, opened(browser, message), "#composer", reply="Yes.", suggestion=other.pk)
    other.refresh_from_db()
    assert other.state == SuggestionState.OPEN
    assert message.replies.get().reply == "Yes."


def test_it_is_dismissed_by_who_may_answer(browser, ann, agent, message):
    suggestion = suggest(message, agent, "Yes.")
    path = f"/suggestions/{suggestion.pk}/dismiss/"
    assert client_of(agent).post(path).status_code == 403
    assert client_of(make_member(make_business())).post(path).status_code == 404
    page = read(press(browser, opened(browser, message), "Dismiss"))
    assert not page.select(".suggestion")
    suggestion.refresh_from_db()
    assert suggestion.state == SuggestionState.DISMISSED


def test_it_is_past_once_either_side_wrote(browser, ann, agent, message):
    suggest(message, agent, "Yes.")
    post(customer_token(message), text="Never mind.")
    assert offered(browser, message) == []
    suggest(message, agent, "What a pity.")
    assert offered(browser, message) == ["What a pity."]
    make_reply(message, ann)
    assert offered(browser, message) == []


def test_who_only_reads_is_offered_none_and_an_agent_sends_nothing(agent, message):
    suggest(message, agent, "Yes.")
    assert offered(client_of(agent), message) == []
    assert not message.replies.exists()


def test_it_goes_along_when_conversations_are_joined(browser, ann, agent, message):
    suggest(message, agent, "Yes.")
    other = make_message(ann, "The red one")
    join(message.pk, other.pk, ann)
    assert other.suggestions.count() == 1
