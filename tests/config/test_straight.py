"""Providers' requests pass by what is there for people, and nothing else changes for them."""

from __future__ import annotations

import pytest

from webhooks import models
from webhooks.twilio import views

INBOUND = "/webhooks/twilio/inbound/"


def test_a_provider_gets_no_session_no_language_and_no_policy_for_pages(client):
    answer = client.get(INBOUND)
    assert answer.status_code == 405
    assert not answer.cookies
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == str(len(answer.content))
    for name in ("Content-Security-Policy", "Content-Language", "Vary"):
        assert name not in answer


def test_a_page_passes_all_of_them(client):
    answer = client.get("/accounts/login/")
    assert "Content-Security-Policy" in answer
    assert answer["Content-Language"] == "en"


@pytest.mark.parametrize("path", ["/webhooks/", "/webhooks/nobody/", "/webhooks/twilio/status/1/"])
def test_an_address_that_is_none_is_not_found(client, path):
    assert client.post(path).status_code == 404


def test_a_host_that_is_not_ours_is_refused(client):
    assert client.post(INBOUND, headers={"Host": "evil.example"}).status_code == 400


def test_an_error_of_ours_is_answered_500_and_logged(client, monkeypatch, caplog):
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(views, "_require_configured", break_down)
    client.raise_request_exception = False
    assert client.post(INBOUND).status_code == 500
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db
def test_a_request_that_is_refused_leaves_nothing(client):
    assert client.post(INBOUND, {"From": "+15550199"}).status_code == 403
    assert not models.InboundEvent.objects.exists()
