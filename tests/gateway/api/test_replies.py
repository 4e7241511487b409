"""POST /api/business/replies/{id}/send-again/, was-sent/ and cancel/."""

from __future__ import annotations

import pytest
from django.db import transaction

from channels_out.errors import BadAddress, Uncertain
from channels_out.models import Delivery
from channels_out.outbox.claim import claim
from channels_out.outbox.ledger import Ledger
from channels_out.state import State
from tests.factories import make_message, make_reply
from tests.gateway.post import MAYA, PHONE, sent_to_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann, ann_number):
    return make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="sms")


@pytest.fixture
def reply(message, ann):
    return make_reply(message, ann, "Come by at five.")


def ends(message, error):
    """How sending the newest answer ended."""
    claim(10)
    with transaction.atomic(), Ledger() as ledger:
        delivery = Delivery.objects.select_related("sender").get(
            pk=sent_to_customer(message)[-1].pk
        )
        if isinstance(error, Uncertain):
            ledger.wait_for_a_person(delivery, error)
        else:
            ledger.fail(delivery, error)


def test_what_failed_is_sent_again_the_same_way(api, message, reply):
    ends(message, BadAddress())
    shown = api.post(f"business/replies/{reply.pk}/send-again/", {})
    assert (shown.status_code, shown.json()["delivery"]["state"]) == (200, "queued")
    assert [each.state for each in sent_to_customer(message)] == [State.QUEUED]


def test_what_failed_is_sent_another_way(api, message, reply):
    ends(message, BadAddress())
    shown = api.post(f"business/replies/{reply.pk}/send-again/", {"channel": "email"}).json()
    assert (shown["channel"], shown["delivery"]["state"]) == ("email", "queued")
    assert [each.channel for each in sent_to_customer(message)] == ["sms", "email"]
    assert api.get(f"business/messages/{message.pk}/").json()["status"] == "replied"


def test_what_is_under_way_is_not_sent_again(api, message, reply):
    for body in ({}, {"channel": "email"}):
        refused = api.post(f"business/replies/{reply.pk}/send-again/", body)
        assert refused.status_code == 409
        assert refused.json()["errors"][0]["detail"]
    assert len(sent_to_customer(message)) == 1


def test_a_channel_that_leads_nowhere_is_refused_with_those_that_do(api, message, reply):
    ends(message, BadAddress())
    refused = api.post(f"business/replies/{reply.pk}/send-again/", {"channel": "whatsapp"})
    assert refused.status_code == 400
    assert refused.json()["usable"] == ["email", "sms"]


def test_a_person_settles_what_nobody_can_be_asked_about(api, message, reply):
    ends(message, Uncertain())
    shown = api.post(f"business/replies/{reply.pk}/was-sent/")
    assert (shown.status_code, shown.json()["delivery"]["state"]) == (200, "sent")
    assert api.post(f"business/replies/{reply.pk}/was-sent/").status_code == 409


def test_what_by_a_persons_word_did_not_go_out_is_sent(api, message, reply):
    ends(message, Uncertain())
    shown = api.post(f"business/replies/{reply.pk}/send-again/", {}).json()
    assert shown["delivery"]["state"] == "queued"


def test_an_answer_is_taken_back_until_it_goes_out(api, message, reply):
    shown = api.post(f"business/replies/{reply.pk}/cancel/").json()
    assert shown["delivery"]["state"] == "cancelled"
    assert api.get(f"business/messages/{message.pk}/").json()["status"] == "read"
    assert api.post(f"business/replies/{reply.pk}/cancel/").status_code == 409


def test_f75_what_was_written_cannot_be_changed(api, message, reply):
    ends(message, BadAddress())
    text = reply.reply
    for path in (f"business/replies/{reply.pk}/", f"business/messages/{message.pk}/reply/"):
        for method in ("PATCH", "PUT", "DELETE"):
            refused = api.client.generic(method, f"/api/{path}", '{"reply": "Other words"}')
            assert refused.status_code in (404, 405)
    body = {"reply": "Other words"}
    assert api.post(f"business/replies/{reply.pk}/send-again/", body).status_code == 200
    edited = api.patch(f"business/messages/{message.pk}/", {"message": "Other words"})
    assert edited.status_code == 400
    reply.refresh_from_db()
    message.refresh_from_db()
    assert reply.reply == text
    assert "Other words" not in message.message
    assert not any("Other words" in each.rendered.text for each in sent_to_customer(message))


def test_another_business_finds_nothing(caller_for, ben, reply):
    other = caller_for(ben.user)
    for action in ("send-again", "was-sent", "cancel"):
        assert other.post(f"business/replies/{reply.pk}/{action}/", {}).status_code == 404
