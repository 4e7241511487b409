"""The gateway's settings with their defaults; a host project sets what it wants to differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from channels_out.conf import derived_key, mail_domain, public_url, read, reply_domain, simulator

__all__ = [
    "answer_within",
    "celery_broker_url",
    "has_token_key",
    "held_remind_after",
    "held_staff_after",
    "listing_model",
    "live_url",
    "mail_domain",
    "public_url",
    "question_contents",
    "questions_per_day",
    "recycled_after",
    "redis_url",
    "reply_domain",
    "simulator_url",
    "text_countries",
    "texts_per_day",
    "throttle_anonymous",
    "throttle_token",
    "token_key",
    "trusted_proxies",
]


def celery_broker_url() -> str:
    """The broker over which workers are woken; "": they look by the clock alone."""
    return str(getattr(settings, "CELERY_BROKER_URL", "") or "")


def redis_url() -> str:
    """The Redis over which open pages are told to look again; "": they ask by the clock."""
    return str(getattr(settings, "REDIS_URL", ""))


def live_url() -> str:
    """Where pages open the live stream, on their own origin; "": they ask by the clock."""
    return str(getattr(settings, "LIVE_URL", ""))


def simulator_url() -> str:
    """Where the simulator's process answers; "": nobody plays the world outside."""
    if simulated := simulator():
        return simulated.url
    return str(getattr(settings, "SIMULATOR_URL", ""))


def answer_within() -> timedelta:
    """How long a customer is given to answer what we asked him, before he gets a link."""
    return timedelta(hours=float(read("ANSWER_WITHIN_HOURS", 24)))


def question_contents() -> dict[int, str]:
    """Twilio's ContentSid of the question on WhatsApp, by how many options it has; none: a plain text."""
    by_options: Mapping[Any, str] = read("TWILIO_QUESTION_CONTENT_SIDS", {})
    return {int(options): sid for options, sid in by_options.items()}


def sms_segment_price() -> tuple[Decimal, str] | None:
    """What one SMS segment costs, and in which currency; None where nobody said."""
    amount, _, currency = str(read("SMS_SEGMENT_PRICE", "")).partition(" ")
    return (Decimal(amount), currency) if amount else None


def texts_per_day() -> int:
    """How many SMS segments and WhatsApp messages a business may send in a day, where its row says nothing."""
    return int(read("TEXTS_PER_DAY", 1000))


def text_countries() -> frozenset[str]:
    """Countries (ISO 3166) whose phones every business may write to first, besides those of its numbers; none: any."""
    return frozenset(read("TEXT_COUNTRIES", ()))


def questions_per_day() -> int:
    """How often each shared number asks in a day writers whom no business knows for whom their texts are."""
    return int(read("QUESTIONS_PER_DAY", 100))


def recycled_after() -> timedelta:
    """The silence after which a phone number may have another holder."""
    months = float(read("RECYCLED_AFTER_MONTHS", 6))
    return timedelta(days=months * 30)


def held_remind_after() -> timedelta:
    """How long something is held before the people of its business are reminded; staff, where it has none."""
    return timedelta(hours=float(read("HELD_REMIND_HOURS", 4)))


def held_staff_after() -> timedelta:
    """How long something is held before staff learn that the people of its business left it."""
    return timedelta(hours=float(read("HELD_STAFF_HOURS", 24)))


def listing_model() -> str:
    """`app.Model` of what inquiries are about."""
    return str(getattr(settings, "GATEWAY_LISTING_MODEL", "gateway.Listing"))


def token_key() -> bytes:
    """Key of reply addresses and signed links; changing it ends them all. Unset: made from SECRET_KEY."""
    return (_own_token_key() or derived_key("token_key")).encode()


def has_token_key() -> bool:
    """Whether that key is one of its own, so that SECRET_KEY can be changed alone."""
    return bool(_own_token_key())


def throttle_anonymous() -> str:
    """Requests without a login, by address: `60/hour`."""
    return str(read("THROTTLE_ANONYMOUS", "60/hour"))


def throttle_token() -> str:
    """Requests with a token, by token: `600/minute`."""
    return str(read("THROTTLE_TOKEN", "600/minute"))


def trusted_proxies() -> int:
    """How many proxies of ours pass requests on, each adding the address it saw to X-Forwarded-For."""
    return int(read("TRUSTED_PROXIES", 0))


def _own_token_key() -> str:
    return str(read("TOKEN_KEY", ""))
