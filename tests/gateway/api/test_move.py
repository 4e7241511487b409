"""Filing messages under another conversation."""

from __future__ import annotations

import uuid

import pytest

from gateway.models import CustomerMessage, Role
from tests.factories import make_member, make_message, make_sender, make_text


@pytest.fixture
def bike(ann):
    number = make_sender(ann.business)
    message = make_text(number, "+14155550101", "The bike?").message
    make_text(number, "+14155550101", "And the boat?")
    return message


def path_of(message):
    return f"business/messages/{message.pk}/move/"


def test_a_message_is_filed_under_another_conversation(api, ann, bike):
    boat = make_message(ann, "The boat")
    wanted = {"reply": str(bike.replies.get().pk), "to": str(boat.pk)}
    for _ in range(2):  # whoever did not get the answer asks again
        answer = api.post(path_of(bike), wanted)
        assert answer.status_code == 200, answer.json()
        assert answer.json()["id"] == str(boat.pk)
        assert [reply["reply"] for reply in answer.json()["replies"]] == ["And the boat?"]


def test_or_becomes_one_of_its_own(api, bike):
    wanted = {"reply": str(bike.replies.get().pk), "to": None}
    for _ in range(2):
        answer = api.post(path_of(bike), wanted)
        assert (answer.status_code, answer.json()["message"]) == (200, "And the boat?")
    assert CustomerMessage.objects.count() == 2


def test_the_message_that_opened_a_conversation_takes_all_along(api, caller_for, ann, bike):
    boat = make_message(ann, "The boat")
    wanted = {"reply": str(bike.pk), "to": str(boat.pk)}
    for _ in range(2):
        answer = api.post(path_of(bike), wanted)
        assert (answer.status_code, answer.json()["id"]) == (200, str(boat.pk)), answer.json()
        texts = [reply["reply"] for reply in answer.json()["replies"]]
        assert texts == ["The bike?", "And the boat?"]
    for gone in (
        api.get(f"business/messages/{bike.pk}/"),
        api.post(f"business/messages/{bike.pk}/reply/", {"reply": "Yes"}),
        api.post(path_of(bike), wanted | {"to": None}),
    ):
        assert (gone.status_code, gone.json()["merged_into"]) == (410, str(boat.pk))
    stranger = caller_for(make_member().user)
    assert stranger.get(f"business/messages/{bike.pk}/").status_code == 404


def test_but_makes_no_conversation_of_what_is_one(api, bike):
    answer = api.post(path_of(bike), {"reply": str(bike.pk), "to": None})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "cannot_move")
    answer = api.post(path_of(bike), {"reply": str(bike.pk), "to": str(bike.pk)})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "cannot_move")


def test_never_to_another_business(api, bike):
    flat = make_message(make_member(), "Flat")
    answer = api.post(path_of(bike), {"reply": str(bike.replies.get().pk), "to": str(flat.pk)})
    assert answer.status_code == 404
    assert bike.replies.count() == 1


def test_nor_to_one_that_is_not(api, bike):
    wanted = {"reply": str(bike.replies.get().pk), "to": str(uuid.uuid4())}
    assert api.post(path_of(bike), wanted).status_code == 404


def test_who_only_reads_may_not(caller_for, ann, bike):
    reader = caller_for(make_member(ann.business, Role.AGENT).user)
    wanted = {"reply": str(bike.replies.get().pk), "to": None}
    assert reader.post(path_of(bike), wanted).status_code == 403
