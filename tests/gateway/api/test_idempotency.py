"""Idempotency-Key: the same call twice has one effect."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from channels_out.models import Delivery
from gateway.models import CustomerMessage, IdempotentCall, MessageReply
from tests.factories import make_member, make_message, make_token

KEY = {"Idempotency-Key": "e4a1c0de-1"}


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def path(message):
    return f"business/messages/{message.pk}/reply/"


def form_for(member):
    return {
        "recipient_id": str(member.user.pk),
        "sender_name": "Maya",
        "sender_email": "maya@home.example",
        "subject": "Blue bike",
        "message": "Is it there?",
    }


def test_f74_the_same_call_gets_the_first_answer_even_when_things_moved_on(api, path):
    first = api.post(path, {"reply": "Yes"}, headers=KEY)
    Delivery.objects.filter(purpose="reply").update(state="delivered")
    again = api.post(path, {"reply": "Yes"}, headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert MessageReply.objects.count() == 1


def test_the_same_files_are_the_same_call(api, path):
    def send():
        file = SimpleUploadedFile("a.txt", b"text", "text/plain")
        body = {"reply": "See", "attachments": [file]}
        return api.client.post(f"/api/{path}", body, headers=KEY)

    assert send().json() == send().json()
    assert MessageReply.objects.count() == 1


def test_f74_another_body_or_call_under_the_same_key_is_409(api, path, ann):
    api.post(path, {"reply": "Yes"}, headers=KEY)
    other = f"business/messages/{make_message(ann).pk}/reply/"
    for answer in (
        api.post(path, {"reply": "No"}, headers=KEY),
        api.post(other, {"reply": "Yes"}, headers=KEY),
    ):
        assert answer.status_code == 409
        assert answer.json()["errors"][0]["code"] == "conflict"
    assert MessageReply.objects.count() == 1


def test_keys_of_different_callers_do_not_meet(api, caller_for, path):
    ben = make_member()
    theirs = f"business/messages/{make_message(ben).pk}/reply/"
    assert api.post(path, {"reply": "Yes"}, headers=KEY).status_code == 201
    answer = caller_for(ben.user).post(theirs, {"reply": "Yes"}, headers=KEY)
    assert answer.status_code == 201


def test_f74_a_customer_gets_the_same_link_again_and_it_is_not_stored(anonymous, ann):
    first = anonymous.post("customer/messages/", form_for(ann), headers=KEY)
    again = anonymous.post("customer/messages/", form_for(ann), headers=KEY)
    assert (again.status_code, again.json()) == (201, first.json())
    other = form_for(ann) | {"message": "Is it sold?"}
    assert anonymous.post("customer/messages/", other, headers=KEY).status_code == 409
    assert CustomerMessage.objects.count() == 1
    token = first.json()["conversation_url"].rstrip("/").rpartition("/")[2]
    assert token not in IdempotentCall.objects.get().body


def test_a_call_that_was_refused_may_be_made_again(api, path):
    assert api.post(path, {"reply": "Yes", "channel": "sms"}, headers=KEY).status_code == 400
    assert api.post(path, {"reply": ""}, headers=KEY).status_code == 400
    assert not IdempotentCall.objects.exists()
    assert api.post(path, {"reply": "Yes"}, headers=KEY).status_code == 201


def test_a_call_that_failed_on_our_side_leaves_nothing_behind(api, path, monkeypatch):
    api.client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("gateway.outbound.answer.dispatch", lambda *_: 1 / 0)
        assert api.post(path, {"reply": "Yes"}, headers=KEY).status_code == 500
    assert not MessageReply.objects.exists()
    assert api.post(path, {"reply": "Yes"}, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\xe9"])
def test_a_key_that_is_none_is_400_and_named(api, path, key):
    answer = api.post(path, {"reply": "Yes"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "Idempotency-Key"


@pytest.mark.django_db(transaction=True)
def test_f74_the_same_call_at_the_same_instant_has_one_effect():
    ann = make_member()
    path = f"/api/business/messages/{make_message(ann).pk}/reply/"
    headers = {**KEY, "Authorization": f"Token {make_token(ann.user)}"}
    together = threading.Barrier(6)

    def send(_):
        together.wait(timeout=10)
        try:
            body = {"reply": "Yes"}
            answer = Client().post(path, body, content_type="application/json", headers=headers)
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(send, range(6)))
    assert len(answers) == 1
    assert {status for status, _ in answers} == {201}
    assert MessageReply.objects.count() == 1
    assert Delivery.objects.filter(purpose="reply").count() == 1
