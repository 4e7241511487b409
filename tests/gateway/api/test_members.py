"""The people of a business and invitations over REST."""

from __future__ import annotations

import uuid

import pytest

from channels_out.models import Delivery
from gateway.models import Invitation, Membership, Role
from tests.factories import make_business, make_member, make_message, make_user

pytestmark = pytest.mark.django_db
ZOE = "zoe@home.example"


@pytest.fixture
def ben(ann):
    return make_member(ann.business, Role.MEMBER, make_user(first_name="Ben"))


def test_everybody_sees_his_colleagues_and_an_owner_their_addresses(api, ann, ben, caller_for):
    make_member(make_business())
    listed = api.get("business/members/").json()
    assert (listed["next"], listed["previous"]) == (None, None)
    assert [row["user"] for row in listed["results"]] == [str(ann.user.pk), str(ben.user.pk)]
    expected = {
        "id": str(ben.pk),
        "business": str(ann.business_id),
        "name": "Ben",
        "role": "member",
        "verified_addresses": [ben.user.email],
        "last_sign_in": None,
    }
    assert listed["results"][1].items() >= expected.items()
    seen = caller_for(ben.user).get("business/members/").json()["results"]
    assert [row["verified_addresses"] for row in seen] == [None, None]


def test_an_owner_changes_a_role_and_removes_a_member(api, ann, ben):
    path = f"business/members/{ben.pk}/"
    assert api.patch(path, {"role": "agent"}).json()["role"] == "agent"
    assert api.patch(path, {"role": "king"}).status_code == 400
    assert api.patch(path, {"role": "agent", "user": 1}).json()["errors"][0]["attr"] == "user"
    assert api.delete(path).status_code == 204
    assert api.delete(path).status_code == 404
    assert not Membership.objects.get(pk=ben.pk).is_active


def test_the_last_owner_stays(api, ann, ben):
    path = f"business/members/{ann.pk}/"
    for answer in (api.patch(path, {"role": "member"}), api.delete(path)):
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "last_owner"


def test_nobody_else_decides(ann, ben, caller_for):
    mine, stranger = caller_for(ben.user), caller_for(make_member().user)
    for caller, status in ((mine, 403), (stranger, 404)):
        assert caller.patch(f"business/members/{ann.pk}/", {"role": "agent"}).status_code == status
        assert caller.delete(f"business/members/{ann.pk}/").status_code == status
    assert mine.get("business/invitations/").status_code == 403
    wanted = {"business": str(ann.business_id), "address": ZOE}
    assert mine.post("business/invitations/", wanted).status_code == 403
    refused = stranger.post("business/invitations/", wanted)
    assert refused.json()["errors"][0]["attr"] == "business"
    assert not Invitation.objects.exists()


def test_an_owner_invites_lists_and_withdraws(api, ann, ben, caller_for):
    wanted = {"business": str(ann.business_id), "address": ZOE, "role": "agent"}
    sent = api.post("business/invitations/", wanted)
    assert sent.status_code == 201
    assert sent.json().items() >= {"address": ZOE, "role": "agent", "did_not_arrive": False}.items()
    assert Delivery.objects.filter(to_address=ZOE, purpose="invitation").count() == 1
    again = api.post("business/invitations/", wanted).json()
    listed = api.get("business/invitations/").json()["results"]
    assert [row["id"] for row in listed] == [again["id"]]
    path = f"business/invitations/{again['id']}/"
    assert caller_for(make_member().user).delete(path).status_code == 404
    assert api.delete(path).status_code == 204
    assert api.get("business/invitations/").json()["results"] == []
    known = api.post("business/invitations/", {**wanted, "address": ben.user.email})
    assert known.json()["errors"][0]["code"] == "not_possible"


def test_a_conversation_is_given_to_a_colleague_and_found_by_him(api, ann, ben):
    message, other = make_message(ann), make_message(ann)
    path = f"business/messages/{message.pk}/"
    assert api.get(path).json()["assigned_to"] is None
    assert api.patch(path, {"assigned_to": str(ben.user.pk)}).json()["assigned_to"] == str(
        ben.user.pk
    )
    assert api.get(path).json()["assigned_to"] == str(ben.user.pk)

    def found(**query):
        return [row["id"] for row in api.get("business/messages/", **query).json()["results"]]

    assert found(assigned_to=str(ben.user.pk)) == [str(message.pk)]
    assert found(is_unassigned="true") == [str(other.pk)]
    assert api.get("business/messages/", assigned_to="nobody").status_code == 400
    assert api.patch(path, {"assigned_to": None}).json()["assigned_to"] is None


def test_it_is_given_to_nobody_who_may_not_answer_there(api, ann):
    path = f"business/messages/{make_message(ann).pk}/"
    agent, stranger = make_member(ann.business, Role.AGENT), make_member(make_business())
    for user in (agent.user.pk, stranger.user.pk, uuid.uuid4(), "nobody"):
        refused = api.patch(path, {"assigned_to": str(user)})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["attr"] == "assigned_to"
    assert api.get(path).json()["assigned_to"] is None
