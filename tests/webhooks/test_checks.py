"""What Django's system checks say of a host project's settings."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

SET = {
    "PUBLIC_URL": "https://shop.example",
    "MAIL_DOMAIN": "mail.shop.example",
    "REPLY_DOMAIN": "reply.shop.example",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKENS": ["token"],
    "ANYMAIL": {"WEBHOOK_SECRET": "provider:secret"},
    "TOKEN_KEY": "a-key-of-its-own",
    "GATEWAY_SIMULATOR_PORT": 0,
}


@pytest.fixture
def ours(settings, monkeypatch):
    """The ids of the gateway's findings under these settings."""
    for name, value in SET.items():
        setattr(settings, name, value)
    monkeypatch.delenv("ANYMAIL_WEBHOOK_SECRET")

    def found(*, deploy=True, **given):
        for name, value in given.items():
            setattr(settings, name, value)
        messages = run_checks(tags=["security"], include_deployment_checks=deploy)
        return [each.id for each in messages if each.id.startswith("gateway.")]

    return found


def test_a_project_that_set_everything_is_ready(ours):
    assert ours() == []


@pytest.mark.parametrize(
    ("finding", "given"),
    [
        ("gateway.W001", {"PUBLIC_URL": "http://localhost:8000"}),
        ("gateway.W002", {"REPLY_DOMAIN": "reply.localhost"}),
        ("gateway.W003", {"MAIL_DOMAIN": "mail.localhost"}),
        ("gateway.W004", {"TWILIO_ACCOUNT_SID": ""}),
        ("gateway.W004", {"TWILIO_AUTH_TOKENS": ()}),
        ("gateway.W005", {"ANYMAIL": {}}),
        ("gateway.W006", {"TOKEN_KEY": ""}),
    ],
)
def test_what_is_still_as_on_a_laptop_is_named_before_going_live(ours, finding, given):
    assert ours(**given) == [finding]
    assert ours(deploy=False) == []


def test_a_simulator_under_a_public_address_is_an_error(ours):
    assert ours(GATEWAY_SIMULATOR_PORT=8001, deploy=False) == ["gateway.E001"]
    assert ours(PUBLIC_URL="http://127.0.0.1:8000", deploy=False) == []
