"""A setting counts before the environment, the environment before the default."""

from __future__ import annotations

import pytest

from channels_out import conf
from gateway.conf import question_contents, text_countries, token_key


@pytest.mark.parametrize(
    ("setting", "variable", "given", "read", "expected"),
    [
        ("PUBLIC_URL", "PUBLIC_URL", "https://a.example/", conf.public_url, "https://a.example"),
        ("REPLY_DOMAIN", "REPLY_DOMAIN", "r.example", conf.reply_domain, "r.example"),
        ("SMS_PER_SECOND", "SMS_PER_SECOND", "2.5", conf.sms_per_second, 2.5),
        ("TWILIO_AUTH_TOKENS", "TWILIO_AUTH_TOKEN", "a,b", conf.twilio_auth_tokens, ("a", "b")),
        ("TEXT_COUNTRIES", "TEXT_COUNTRIES", "DE,AT", text_countries, {"DE", "AT"}),
        (
            "TWILIO_QUESTION_CONTENT_SIDS",
            "TWILIO_QUESTION_CONTENT_SIDS",
            "3=HX1,4=HX2",
            question_contents,
            {3: "HX1", 4: "HX2"},
        ),
    ],
)
def test_a_variable_counts_where_there_is_no_setting(
    settings, monkeypatch, setting, variable, given, read, expected
):
    monkeypatch.setenv(variable, given)
    assert read() != expected
    delattr(settings, setting)
    assert read() == expected
    monkeypatch.setenv(variable, "")
    assert read() != expected


def test_without_a_token_key_there_is_one_made_from_the_secret_key(settings, monkeypatch):
    monkeypatch.delenv("TOKEN_KEY", raising=False)
    del settings.TOKEN_KEY
    first = token_key()
    assert settings.SECRET_KEY.encode() not in first
    assert token_key() == first
    settings.SECRET_KEY = "another-" + "s" * 50
    assert token_key() != first
