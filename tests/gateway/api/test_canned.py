"""Canned answers over REST."""

from __future__ import annotations

import pytest

from gateway.models import CannedAnswer, Role
from tests.factories import make_member


@pytest.fixture
def path(ann):
    answer = CannedAnswer.objects.create(business=ann.business, name="Hours", text="From nine.")
    return f"business/canned/{answer.pk}/"


def test_they_are_kept_listed_changed_and_deleted(api, ann):
    given = {"business": str(ann.business_id), "name": "Hours", "text": "Hello {name}, from nine."}
    made = api.post("business/canned/", given)
    assert made.status_code == 201
    assert made.json().items() >= given.items()
    assert made.json()["in_mails"] is False
    path = f"business/canned/{made.json()['id']}/"
    changed = api.patch(path, {"in_mails": True})
    assert changed.json() == made.json() | {"in_mails": True}
    assert api.get("business/canned/").json() == [changed.json()]
    assert api.delete(path).status_code == 204
    assert api.get("business/canned/").json() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": "Hello {nmae}"}, "text"),
        ({"text": ""}, "text"),
        ({"name": "x" * 31}, "name"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_400_and_named(api, path, wrong, field):
    answer = api.patch(path, wrong)
    assert answer.status_code == 400
    assert [each["attr"] for each in answer.json()["errors"]] == [field]
    assert CannedAnswer.objects.get().text == "From nine."


def test_a_name_is_there_once(api, ann, path):
    again = {"business": str(ann.business_id), "name": "HOURS", "text": "From ten."}
    answer = api.post("business/canned/", again)
    assert answer.status_code == 400
    assert "There is an answer of this name already." in answer.content.decode()


def test_an_agent_reads_them_and_a_stranger_sees_none(api, ann, path, caller_for):
    agent = caller_for(make_member(ann.business, role=Role.AGENT).user)
    assert len(agent.get("business/canned/").json()) == 1
    given = {"business": str(ann.business_id), "name": "Mine", "text": "!"}
    assert agent.post("business/canned/", given).status_code == 403
    assert agent.patch(path, {"text": "!"}).status_code == 403
    assert agent.delete(path).status_code == 403
    stranger = caller_for(make_member().user)
    assert stranger.get("business/canned/").json() == []
    assert stranger.post("business/canned/", given).status_code == 400
    assert stranger.patch(path, {"text": "!"}).status_code == 404
    assert stranger.delete(path).status_code == 404
    assert CannedAnswer.objects.count() == 1
