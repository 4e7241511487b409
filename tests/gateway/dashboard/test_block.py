"""An owner blocks a sender and hears him again, in the dashboard and by REST."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gateway.blocking import block, unblock
from gateway.inbound.messages import Outcome
from gateway.models import Role
from tests.factories import make_business, make_member, make_message, make_token
from tests.gateway.post import customer_token, notifications, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return make_member(make_business())


@pytest.fixture
def message(member):
    return make_message(member)


def call(member, method, message):
    headers = {"Authorization": f"Token {make_token(member.user)}"}
    return Client().generic(method, f"/api/business/messages/{message.pk}/block/", headers=headers)


def test_f70_what_a_blocked_sender_writes_is_spam_and_tells_nobody(member, message):
    told = len(notifications(message))
    answer = call(member, "PUT", message)
    assert answer.status_code == 200
    assert answer.json()["is_spam"] is True
    assert answer.json()["contact"]["blocked_at"]
    assert post(customer_token(message)).outcome == Outcome.SPAM
    fresh = post(member.business.public_address, sender="maya@home.example")
    assert fresh.outcome == Outcome.SPAM
    assert (len(notifications(message)), notifications(fresh.message)) == (told, [])
    assert make_message(member).is_spam


def test_f70_it_can_be_undone_and_nothing_is_lost(member, message):
    call(member, "PUT", message)
    post(customer_token(message), text="Hello?")
    answer = call(member, "DELETE", message)
    assert (answer.json()["is_spam"], answer.json()["contact"]["blocked_at"]) == (False, None)
    assert [reply["reply"] for reply in answer.json()["replies"]] == ["Hello?"]
    assert post(customer_token(message)).outcome == Outcome.FILED


def test_in_the_dashboard_it_is_a_button_and_back(member, message, client):
    client.force_login(member.user)
    client.post(f"/conversations/{message.pk}/block/")
    message.contact.refresh_from_db()
    assert message.contact.blocked_at
    page = client.get(f"/conversations/{message.pk}/").content.decode()
    assert "Unblock sender" in page
    client.post(f"/conversations/{message.pk}/unblock/")
    message.refresh_from_db()
    message.contact.refresh_from_db()
    assert (message.is_spam, message.contact.blocked_at) == (False, None)


def test_an_agent_and_a_stranger_may_not(member, message):
    agent = make_member(member.business, role=Role.AGENT)
    stranger = make_member(make_business())
    assert call(agent, "PUT", message).status_code == 403
    assert call(stranger, "PUT", message).status_code == 404


@pytest.mark.parametrize("act", [block, unblock])
def test_the_customer_is_locked_before_the_conversation_as_by_who_joins_two(message, act):
    with CaptureQueriesContext(connection) as captured:
        act(message.pk)
    said = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert said[0].startswith('UPDATE "gateway_contact"')
    assert 'FROM "gateway_customermessage"' in said[1]
