"""The settings this package reads, typed, each with its default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from anymail.utils import get_anymail_setting

from channels_out.conf import (
    mail_domain,
    public_url,
    read,
    reply_domain,
    simulator,
    simulator_port,
    twilio_account_sid,
    twilio_api_url,
    twilio_auth_tokens,
)

__all__ = [
    "authserv_ids",
    "mail_domain",
    "public_url",
    "reply_domain",
    "shared_keys",
    "simulator",
    "simulator_port",
    "sns_verify",
    "twilio_account_sid",
    "twilio_api_url",
    "twilio_auth_tokens",
    "webhook_secrets",
]


def authserv_ids() -> frozenset[str]:
    """AUTHSERV_ID: the names under which servers that take mail in for us write Authentication-Results."""
    names: str | Iterable[str] = read("AUTHSERV_ID", ())
    named = (names,) if isinstance(names, str) else names
    return frozenset(name.lower() for name in named)


def shared_keys() -> Mapping[str, str]:
    """TWILIO_SHARED_KEYS: secrets of Twilio's webhook shared keys, by the key's id."""
    keys: Mapping[str, str] = read("TWILIO_SHARED_KEYS", {})
    return keys


def sns_verify() -> bool:
    """SNS_VERIFY: whether the signatures of Amazon SNS are checked; off only for recorded examples."""
    return bool(read("SNS_VERIFY", True))


def webhook_secrets() -> tuple[str, ...]:
    """Anymail's WEBHOOK_SECRET: `user:password`, or several while one replaces another."""
    if simulated := simulator():
        return (simulated.webhook_secret,)
    given = get_anymail_setting("webhook_secret", default=())
    secrets: str | Iterable[str] = given or read("ANYMAIL_WEBHOOK_SECRET", "")
    named = (secrets,) if isinstance(secrets, str) else secrets
    return tuple(filter(None, named))
