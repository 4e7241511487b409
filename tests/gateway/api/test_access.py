"""Who may do what: another business's things do not exist."""

from __future__ import annotations

import pytest
from django.test import Client

from gateway.models import Role
from gateway.outbound.answer import MayNotAnswer
from tests.factories import (
    PASSWORD,
    make_listing,
    make_member,
    make_message,
    make_reply,
    make_sender,
    make_text,
    make_token,
    make_user,
)
from tests.gateway.api.conftest import Caller

CALLS = [
    ("get", "business/messages/{id}/", None),
    ("patch", "business/messages/{id}/", {"is_spam": True}),
    ("delete", "business/messages/{id}/", None),
    ("post", "business/messages/{id}/reply/", {"reply": "Hi"}),
    ("get", "customer/messages/{id}/conversation/", None),
]


def call(caller, method, path, data):
    return getattr(caller, method)(path) if data is None else getattr(caller, method)(path, data)


@pytest.mark.parametrize(("method", "path", "data"), CALLS)
def test_every_id_of_another_business_is_404(api, ann, method, path, data):
    ben = make_member()
    received = make_text(make_sender(ben.business), "+14155550101", "Hi there")
    reply = make_reply(received.message, ben)
    foreign = [
        received.message,
        reply,
        received.message.contact,
        ben.business,
        ben.user,
        make_listing(ben.business),
    ]
    for row in foreign:
        response = call(api, method, path.format(id=row.pk), data)
        assert response.status_code == 404, (row, response.content)
        assert response.json()["errors"][0]["code"] == "not_found"
    received.message.refresh_from_db()
    assert (received.message.is_spam, received.message.deleted_at) == (False, None)


@pytest.mark.parametrize(("method", "path", "data"), CALLS)
@pytest.mark.parametrize("pk", ["nonsense", "%00", "0", "a" * 300, "%ED%A0%80"])
def test_what_is_no_id_is_404_in_the_one_error_shape(api, method, path, data, pk):
    response = call(api, method, path.format(id=pk), data)
    assert response.status_code == 404
    assert response.json()["type"] == "client_error"


@pytest.mark.parametrize(
    "path", ["business/messages/", "business/messages/unread/", "business/messages/{id}/"]
)
def test_business_calls_need_a_login(anonymous, ann, path):
    response = anonymous.get(path.format(id=make_message(ann).pk))
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Token"
    assert response.json()["errors"][0]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "authorization", ["Token", "Token a b", "Token nonsense", "Token \xff\xfe", "Token " + "a" * 64]
)
def test_a_token_that_is_none_is_401(db, authorization):
    response = Client(headers={"Authorization": authorization}).get("/api/business/messages/")
    assert response.status_code == 401
    assert response.json()["type"] == "client_error"


def test_f58_access_ends_at_once_with_the_membership(api, ann):
    message = make_message(ann)
    ann.is_active = False
    ann.save()
    assert api.get("business/messages/").status_code == 403
    assert api.get(f"business/messages/{message.pk}/").status_code == 404
    reply = api.post(f"business/messages/{message.pk}/reply/", {"reply": "Hi"})
    assert reply.status_code == 404


def test_f58_access_ends_at_once_with_the_user(api, ann):
    ann.user.is_active = False
    ann.user.save()
    assert api.get("business/messages/").status_code == 401


def test_a_user_without_a_business_is_told_so(db, caller_for):
    response = caller_for(make_user()).get("business/messages/")
    assert response.status_code == 403
    assert "not a member" in response.json()["errors"][0]["detail"]


def test_f58_access_that_ends_while_a_call_is_on_its_way_is_refused(api, ann, monkeypatch):
    message = make_message(ann)

    def refuse(_):
        raise MayNotAnswer("Not any more.")

    monkeypatch.setattr("gateway.api.business.post_reply", refuse)
    reply = api.post(f"business/messages/{message.pk}/reply/", {"reply": "Hi"})
    assert (reply.status_code, reply.json()["errors"][0]["detail"]) == (403, "Not any more.")


def test_what_is_shown_is_kept_by_nobody_on_the_way(api, ann):
    response = api.get(f"business/messages/{make_message(ann).pk}/")
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_role_counts_for_its_own_business_only(api, ann):
    elsewhere = make_member(user=ann.user, role=Role.AGENT)
    theirs = make_message(make_member(elsewhere.business))
    assert api.get(f"business/messages/{theirs.pk}/").status_code == 200
    reply = api.post(f"business/messages/{theirs.pk}/reply/", {"reply": "Hi"})
    assert reply.status_code == 403
    own = make_message(ann)
    assert api.post(f"business/messages/{own.pk}/reply/", {"reply": "Hi"}).status_code == 201


def test_a_session_may_read_and_needs_the_csrf_token_to_write(ann):
    message = make_message(ann)
    client = Client(enforce_csrf_checks=True)
    assert client.login(username=ann.user.email, password=PASSWORD)
    caller = Caller(client)
    assert caller.get(f"business/messages/{message.pk}/").json()["unread"] is False
    refused = caller.patch(f"business/messages/{message.pk}/", {"is_spam": True})
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["errors"][0]["detail"]


def test_a_token_works_beside_a_session_of_somebody_else(ann):
    client = Client(headers={"Authorization": f"Token {make_token(ann.user)}"})
    client.force_login(make_user())
    assert client.get("/api/business/messages/").status_code == 200
