"""An agent proposes answers over REST and learns what became of them; it sends none."""

from __future__ import annotations

import pytest

from gateway.models import Role
from gateway.suggestions import suggest
from tests.factories import make_business, make_member, make_message, make_reply


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def path(message):
    return f"business/messages/{message.pk}/suggestions/"


@pytest.fixture
def robot(ann):
    return make_member(ann.business, role=Role.AGENT)


@pytest.fixture
def agent(robot, caller_for):
    return caller_for(robot.user)


def states(caller, path):
    return {each["text"]: each["state"] for each in caller.get(path).json()}


def test_an_agent_suggests_and_a_member_sends(api, agent, message, path):
    made = agent.post(path, {"text": "Yes, it is."})
    assert made.status_code == 201
    assert made.json()["state"] == "open"
    assert not message.replies.exists()
    reply = f"business/messages/{message.pk}/reply/"
    said = {"reply": "Yes, it is.", "suggestion": made.json()["id"]}
    assert agent.post(reply, said).status_code == 403
    sent = api.post(reply, said)
    assert sent.status_code == 201
    (shown,) = agent.get(path).json()
    assert (shown["state"], shown["reply"]) == ("used", sent.json()["id"])


def test_what_was_changed_dismissed_or_outlived_says_so(api, agent, ann, message, path):
    for text in ("1", "2", "3", "4"):
        agent.post(path, {"text": text})
    second, third = (each["id"] for each in agent.get(path).json()[2:0:-1])
    assert api.delete(f"business/suggestions/{second}/").status_code == 204
    reply = f"business/messages/{message.pk}/reply/"
    api.post(reply, {"reply": "Three.", "suggestion": third})
    assert states(api, path) == {
        "1": "superseded",
        "2": "dismissed",
        "3": "edited",
        "4": "superseded",
    }


def test_a_repeated_call_suggests_once(agent, message, path):
    for _ in range(2):
        agent.client.post(
            f"/api/{path}",
            {"text": "Yes."},
            content_type="application/json",
            headers={"Idempotency-Key": "a"},
        )
    assert message.suggestions.count() == 1


def test_it_is_taken_back_by_its_author_and_not_by_another_agent(
    api, agent, robot, ann, message, path, caller_for
):
    other = suggest(message, make_member(ann.business, role=Role.AGENT), "Mine.")
    own = suggest(message, robot, "Own.")
    assert agent.delete(f"business/suggestions/{other.pk}/").status_code == 403
    assert agent.delete(f"business/suggestions/{own.pk}/").status_code == 204
    assert states(api, path) == {"Mine.": "open", "Own.": "dismissed"}


def test_a_settled_one_is_not_dismissed(api, agent, message, path):
    made = agent.post(path, {"text": "Yes."}).json()
    api.post(f"business/messages/{message.pk}/reply/", {"reply": "Yes.", "suggestion": made["id"]})
    api.delete(f"business/suggestions/{made['id']}/")
    assert states(api, path) == {"Yes.": "used"}


def test_another_business_neither_sees_nor_suggests(api, agent, path, caller_for):
    made = agent.post(path, {"text": "Yes."}).json()
    stranger = caller_for(make_member(make_business()).user)
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, {"text": "!"}).status_code == 404
    assert stranger.delete(f"business/suggestions/{made['id']}/").status_code == 404
    assert agent.post(path, {"text": " "}).status_code == 400


def test_once_a_member_answered_it_is_superseded(agent, ann, message, path):
    agent.post(path, {"text": "Yes."})
    make_reply(message, ann)
    assert states(agent, path) == {"Yes.": "superseded"}
