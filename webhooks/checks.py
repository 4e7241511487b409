"""What must be set before customers write: Django's system checks say it (`manage.py check --deploy`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, Warning

from channels_out.loopback import is_loopback
from gateway.conf import has_token_key
from webhooks.conf import (
    mail_domain,
    public_url,
    reply_domain,
    simulator_port,
    twilio_account_sid,
    twilio_auth_tokens,
    webhook_secrets,
)


def register() -> None:
    """Lets Django ask."""
    checks.register(simulator_stays_at_home, Tags.security)
    checks.register(ready_for_customers, Tags.security, deploy=True)


def simulator_stays_at_home(**_options: Any) -> list[CheckMessage]:
    """An error where the simulator is asked for under a public address; it stays off there."""
    if not simulator_port() or is_loopback(public_url()):
        return []
    words = "GATEWAY_SIMULATOR_PORT is set while PUBLIC_URL is public; the simulator stays off."
    hint = "Unset GATEWAY_SIMULATOR_PORT, or use a PUBLIC_URL of this machine alone."
    return [Error(words, hint=hint, id="gateway.E001")]


def ready_for_customers(**_options: Any) -> list[CheckMessage]:
    """A warning for each setting that still has the value for a laptop."""
    return [Warning(words, hint=hint, id=f"gateway.{number}") for number, words, hint in _missing()]


def _missing() -> Iterator[tuple[str, str, str]]:
    if is_loopback(public_url()):
        words = "PUBLIC_URL leads to this machine alone: no provider and no customer gets here."
        yield "W001", words, "Set PUBLIC_URL, such as https://shop.example."
    if is_loopback(f"//{reply_domain()}"):
        words = "REPLY_DOMAIN is of this machine alone: nobody can answer a mail."
        yield "W002", words, "Set REPLY_DOMAIN to one whose MX leads to your mail provider."
    if is_loopback(f"//{mail_domain()}"):
        words = "MAIL_DOMAIN is of this machine alone: mail servers refuse what comes from it."
        yield "W003", words, "Set MAIL_DOMAIN to the one that your mail provider sends for."
    if not (twilio_account_sid() and twilio_auth_tokens()):
        words = "No Twilio account is set: SMS and WhatsApp are neither sent nor taken in."
        hint = "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or silence this check without texts."
        yield "W004", words, hint
    if not webhook_secrets():
        words = "No secret of the mail routes is set: inbound mail is refused."
        yield "W005", words, "Set ANYMAIL_WEBHOOK_SECRET to user:password."
    if not has_token_key():
        words = "TOKEN_KEY is made from SECRET_KEY: a new SECRET_KEY would end all reply addresses."
        yield (
            "W006",
            words,
            "Set TOKEN_KEY to a secret of its own, before the first customer writes.",
        )
