"""A program keeps partners on copy of a conversation, and reads who got what."""

from __future__ import annotations

import pytest

from gateway.models import Copy
from tests.factories import make_message, make_sender
from tests.gateway.post import customer_token, post, sent_to_customer

TOM, EVE = "tom@workshop.example", "eve@tax.example"


@pytest.fixture
def message(ann):
    return make_message(ann, sender_phone="+14155550199")


@pytest.fixture
def reply(api, message):
    def send(**data):
        return api.post(f"business/messages/{message.pk}/reply/", {"reply": "Yes.", **data})

    return send


def shown(api, message):
    return api.get(f"business/messages/{message.pk}/").json()


def test_the_list_is_replaced_where_it_is_given_and_kept_where_it_is_not(api, message, reply):
    made = reply(copies=[f"Tom Baker <{TOM}>", EVE]).json()
    assert made["copied_to"] == [
        {"address": TOM, "name": "Tom Baker", "problem": ""},
        {"address": EVE, "name": "", "problem": ""},
    ]
    assert shown(api, message)["copies"] == made["copied_to"]
    reply()
    reply(copies=[EVE])
    assert reply(copies=[]).json()["copied_to"] == []
    assert [each.rendered.cc for each in sent_to_customer(message)] == [
        (TOM, EVE),
        (TOM, EVE),
        (EVE,),
        (),
    ]


def test_a_form_names_them_as_parts_of_one_name(api, message, reply):
    path = f"/api/business/messages/{message.pk}/reply/"
    api.client.post(path, {"reply": "Yes.", "copies": [TOM, EVE]})
    api.client.post(path, {"reply": "Yes."})
    assert [each.rendered.cc for each in sent_to_customer(message)] == [(TOM, EVE), (TOM, EVE)]


@pytest.mark.parametrize(
    ("copies", "code"),
    [
        (["tom"], "not_possible"),
        (["maya@home.example"], "not_possible"),
        ([f"{n}@tax.example" for n in range(6)], "max_length"),
        ("tom", "not_a_list"),
    ],
)
def test_what_cannot_be_a_copy_is_refused_and_nothing_is_sent(message, reply, copies, code):
    response = reply(copies=copies)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["code"], error["attr"]) == (400, code, "copies")
    assert not sent_to_customer(message)
    assert not Copy.objects.exists()


def test_copies_of_a_text_are_refused(ann, message, reply):
    make_sender(ann.business)
    response = reply(channel="sms", copies=[TOM])
    assert response.json()["errors"][0]["detail"] == "Copies go out with email only."
    assert not sent_to_customer(message)
    assert reply(channel="sms", copies=[]).status_code == 201


def test_they_are_changed_without_an_answer(api, message):
    path = f"business/messages/{message.pk}/"
    assert api.patch(path, {"copies": [TOM]}).json()["copies"][0]["address"] == TOM
    assert api.patch(path, {"copies": ["x"]}).json()["errors"][0]["attr"] == "copies"
    assert api.patch(path, {"is_archived": True}).json()["copies"][0]["address"] == TOM
    assert api.patch(path, {"copies": []}).json()["copies"] == []


def test_what_a_partner_wrote_says_so(api, message, reply):
    reply(copies=[TOM])
    post(customer_token(message), sender=TOM, from_name="Tom", text="Two hours.")
    said = shown(api, message)["replies"][-1]
    assert (said["by_partner"], said["sender_name"], said["filed_by"]) == (True, "Tom", "copy")
    assert (said["copied_to"], said["delivery"], said["filed_certain"]) == ([], None, True)


def test_what_became_of_a_copy_is_said(api, message, reply):
    reply(copies=[TOM])
    message.replies.get().copied.update(problem="rejected")
    (copy,) = shown(api, message)["replies"][0]["copied_to"]
    assert copy["problem"] == f"The mail server would not take the copy to {TOM}."
