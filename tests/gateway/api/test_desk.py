"""Snoozing, no answer needed, tags and notes over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gateway.inbox import unread_total
from gateway.models import Membership, Role
from gateway.notes import write_note
from gateway.tags import tag_named
from tests.factories import make_member, make_message
from tests.gateway.api.conftest import Caller


@pytest.fixture
def message(ann: Membership):
    return make_message(ann)


@pytest.fixture
def path(message) -> str:
    return f"business/messages/{message.pk}/"


def tomorrow() -> str:
    return (timezone.now() + timedelta(days=1)).isoformat()


def test_a_conversation_is_snoozed_and_brought_back(api: Caller, ann: Membership, path: str):
    shown = api.patch(path, {"snoozed_until": tomorrow()})
    assert shown.status_code == 200, shown.content
    assert shown.json()["snoozed_until"].endswith("Z")
    assert unread_total([ann.business_id]) == 0
    assert api.patch(path, {"snoozed_until": None}).json()["snoozed_until"] is None
    assert unread_total([ann.business_id]) == 1


@pytest.mark.parametrize("at", ["soon", "2020-01-01T08:00:00Z", "2099-01-01T08:00:00Z"])
def test_a_time_that_is_not_to_come_is_refused(api: Caller, path: str, at: str):
    refused = api.patch(path, {"snoozed_until": at})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["attr"] == "snoozed_until"


def test_that_no_answer_is_needed_is_said_and_taken_back(api: Caller, path: str):
    shown = api.patch(path, {"no_answer_needed": True}).json()
    assert (shown["waiting_since"], bool(shown["no_answer_at"])) == (None, True)
    shown = api.patch(path, {"no_answer_needed": False}).json()
    assert (shown["waiting_since"], shown["no_answer_at"]) == (shown["created_at"], None)


def test_tags_are_given_by_name_and_narrow_the_list(api: Caller, ann: Membership, path: str):
    make_message(ann, sender_name="Ben")
    shown = api.patch(path, {"tags": ["Repair", "repair", "Urgent"]}).json()
    assert [tag["name"] for tag in shown["tags"]] == ["Repair", "Urgent"]
    repair = shown["tags"][0]["id"]
    listed = api.get("business/messages/", tag=repair).json()["results"]
    assert [each["sender_name"] for each in listed] == ["Maya Okafor"]
    assert [tag["name"] for tag in listed[0]["tags"]] == ["Repair", "Urgent"]
    assert api.patch(path, {"tags": ["Urgent"]}).json()["tags"][0]["name"] == "Urgent"
    assert api.get("business/messages/", tag=repair).json()["results"] == []
    assert api.get("business/messages/", tag="x").status_code == 400


@pytest.mark.parametrize("tags", [[""], ["x" * 41], ["x"] * 31, "Repair"])
def test_what_is_no_tag_is_refused_and_named(api: Caller, path: str, tags: object):
    refused = api.patch(path, {"tags": tags})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["attr"].startswith("tags")


def test_tags_are_listed_renamed_and_deleted(api: Caller, ann: Membership, path: str):
    api.patch(path, {"tags": ["Repair", "Urgent"]})
    tags = api.get("business/tags/").json()
    assert [tag["name"] for tag in tags] == ["Repair", "Urgent"]
    one = f"business/tags/{tags[0]['id']}/"
    assert api.patch(one, {"name": "Workshop", "colour": "h3"}).json()["colour"] == "h3"
    refused = api.patch(one, {"name": "URGENT"})
    assert refused.status_code == 400
    assert "already" in refused.json()["errors"][0]["detail"]
    assert api.delete(one).status_code == 204
    assert [tag["name"] for tag in api.get(path).json()["tags"]] == ["Urgent"]


def test_a_tag_is_for_the_people_of_its_business_and_changed_by_who_may_answer(
    caller_for, ann: Membership
):
    tag = tag_named(ann.business_id, "Repair")
    stranger = caller_for(make_member().user)
    agent = caller_for(make_member(ann.business, Role.AGENT).user)
    assert stranger.get("business/tags/").json() == []
    assert stranger.delete(f"business/tags/{tag.pk}/").status_code == 404
    assert agent.patch(f"business/tags/{tag.pk}/", {"name": "Mine"}).status_code == 403


def test_notes_are_written_read_and_deleted_by_their_author(
    api: Caller, caller_for, ann: Membership, message, path: str
):
    refused = api.post(f"{path}notes/", {"text": " "})
    assert refused.status_code == 400
    written = api.post(f"{path}notes/", {"text": "He haggles."})
    assert written.status_code == 201, written.content
    colleague = make_member(ann.business)
    write_note(message, colleague, "No discount.")
    listed = api.get(f"{path}notes/").json()
    assert [note["text"] for note in listed] == ["No discount.", "He haggles."]
    assert api.delete(f"business/notes/{listed[0]['id']}/").status_code == 404
    assert api.delete(f"business/notes/{listed[1]['id']}/").status_code == 204
    assert caller_for(make_member().user).get(f"{path}notes/").status_code == 404
