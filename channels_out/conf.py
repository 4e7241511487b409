"""The settings this package reads, typed, each with its default."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings


def public_url() -> str:
    """The address under which providers reach us, without a trailing slash."""
    return str(_read("PUBLIC_URL", "http://127.0.0.1:8000")).rstrip("/")


def status_callback(attempt_id: UUID) -> str:
    """The URL at which Twilio reports on one attempt; it binds the report to the attempt."""
    return f"{public_url()}/webhooks/twilio/status/{attempt_id}/"


def twilio_account_sid() -> str:
    """The account whose credentials we use."""
    return str(_read("TWILIO_ACCOUNT_SID", ""))


def twilio_auth_tokens() -> tuple[str, ...]:
    """The tokens of that account: the current one first, then one that is being rotated out."""
    return tuple(_read("TWILIO_AUTH_TOKENS", ()))


def twilio_api_url() -> str:
    """The base of Twilio's REST API, without a trailing slash."""
    return str(_read("TWILIO_API_URL", "https://api.twilio.com")).rstrip("/")


def twilio_messaging_service_sid() -> str:
    """The Messaging Service of senders whose row names none, or ""."""
    return str(_read("TWILIO_MESSAGING_SERVICE_SID", ""))


def sms_per_second() -> float:
    """The pace of an SMS sender whose row names none, in messages a second."""
    return float(_read("SMS_PER_SECOND", 1.0))


def resolve_after() -> timedelta:
    """How long a send stays in doubt before the provider is asked."""
    return timedelta(seconds=float(_read("RESOLVE_AFTER", 30)))


def mail_domain() -> str:
    """The domain of our From addresses and Message-IDs."""
    return str(_read("MAIL_DOMAIN", "mail.localhost"))


def reply_domain() -> str:
    """The domain of reply addresses and of businesses' public addresses."""
    return str(_read("REPLY_DOMAIN", "reply.localhost"))


def channel_adapters() -> Mapping[str, str]:
    """Dotted paths of adapters that replace the built-in ones, by channel."""
    adapters: Mapping[str, str] = _read("CHANNEL_ADAPTERS", {})
    return adapters


def _read(name: str, default: Any) -> Any:
    return getattr(settings, name, default)
