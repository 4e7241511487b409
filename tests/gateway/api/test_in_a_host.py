"""The API inside a project with settings of its own."""

from __future__ import annotations

import pytest
from django.db import connection

from gateway.models import Business, IdempotentCall, MessageReply
from tests.factories import make_member, make_message


@pytest.fixture
def message(transactional_db):
    return make_message(make_member())


@pytest.fixture
def api(message, caller_for):
    return caller_for(message.recipient)


@pytest.fixture
def atomic_requests(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)


@pytest.mark.usefixtures("atomic_requests")
def test_with_a_transaction_around_every_request_calls_have_their_effect(api, message):
    path = f"business/messages/{message.pk}/"
    headers = {"Idempotency-Key": "1"}
    assert api.get(path).json()["status"] == "read"
    first = api.post(f"{path}reply/", {"reply": "Yes"}, headers=headers)
    again = api.post(f"{path}reply/", {"reply": "Yes"}, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert api.delete(path).status_code == 204
    assert MessageReply.objects.count() == 1


@pytest.mark.usefixtures("atomic_requests")
def test_with_a_transaction_around_every_request_a_refusal_leaves_nothing(api, message):
    before = Business.objects.get().inbox_version
    path = f"business/messages/{message.pk}/reply/"
    refused = api.post(path, {"reply": "a", "channel": "sms"}, headers={"Idempotency-Key": "1"})
    assert refused.status_code == 400
    assert not IdempotentCall.objects.exists()
    assert Business.objects.get().inbox_version == before


def test_times_are_utc_whatever_the_project_shows(api, message, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DATETIME_FORMAT": "%d.%m.%Y"}
    (row,) = api.get("business/messages/").json()["results"]
    assert row["created_at"] == message.created_at.isoformat().replace("+00:00", "Z")
    shown = api.get("business/messages/", created_after="2026-01-01T00:00:00").json()
    assert [one["id"] for one in shown["results"]] == [str(message.pk)]
