"""A customer's further address, accepted over REST."""

from __future__ import annotations

import pytest

from tests.factories import make_member, make_message, make_reply
from tests.gateway.post import customer_token, post

STRANGER = "stranger@elsewhere.example"


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def elsewhere(message):
    """What came to the customer's reply address from somewhere else."""
    return post(customer_token(message), sender=STRANGER).reply


def accept(api, message, reply):
    return api.post(f"business/messages/{message.pk}/accept-address/", {"reply": str(reply.pk)})


def test_f56_the_address_is_one_of_the_contacts_from_then_on(api, message, elsewhere):
    (shown,) = api.get(f"business/messages/{message.pk}/").json()["replies"]
    assert STRANGER in shown["filed_note"]
    assert shown["filed_by_words"] == "Filed by the reply address (Email)."
    assert not shown["filed_certain"]
    response = accept(api, message, elsewhere)
    assert response.status_code == 200
    known = [row["address"] for row in response.json()["contact"]["addresses"]]
    assert sorted(known) == ["maya@home.example", STRANGER]


def test_an_answer_of_ours_or_of_another_conversation_is_refused(api, ann, message, elsewhere):
    refused = accept(api, message, make_reply(message, ann))
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "not_acceptable"
    other = make_message(ann, sender_email="noor@home.example")
    assert accept(api, other, elsewhere).status_code == 400
    assert accept(api, make_message(make_member()), elsewhere).status_code == 404
