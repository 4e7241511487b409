"""The settings this package reads, typed, each with its default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from anymail.utils import get_anymail_setting
from django.conf import settings

from channels_out.conf import (
    public_url,
    twilio_account_sid,
    twilio_api_url,
    twilio_auth_tokens,
)

__all__ = [
    "authserv_ids",
    "public_url",
    "shared_keys",
    "sns_verify",
    "twilio_account_sid",
    "twilio_api_url",
    "twilio_auth_tokens",
    "webhook_secrets",
]


def authserv_ids() -> frozenset[str]:
    """AUTHSERV_ID: the names under which servers that take mail in for us write Authentication-Results."""
    names: str | Iterable[str] = getattr(settings, "AUTHSERV_ID", ())
    named = (names,) if isinstance(names, str) else names
    return frozenset(name.lower() for name in named)


def shared_keys() -> Mapping[str, str]:
    """TWILIO_SHARED_KEYS: secrets of Twilio's webhook shared keys, by the key's id."""
    keys: Mapping[str, str] = getattr(settings, "TWILIO_SHARED_KEYS", {})
    return keys


def sns_verify() -> bool:
    """SNS_VERIFY: whether the signatures of Amazon SNS are checked; off only for recorded examples."""
    return bool(getattr(settings, "SNS_VERIFY", True))


def webhook_secrets() -> tuple[str, ...]:
    """Anymail's WEBHOOK_SECRET: `user:password`, or several while one replaces another."""
    secrets = get_anymail_setting("webhook_secret", default=())
    return (secrets,) if isinstance(secrets, str) else tuple(secrets)
