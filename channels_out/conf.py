"""The settings this package reads, typed, each with its default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from environ import Env

from channels_out.loopback import is_loopback

SMTP = "django.core.mail.backends.smtp.EmailBackend"
_ABSENT = object()


@dataclass(frozen=True)
class Simulator:
    """What plays the providers for a host project on its developer's machine, and what it signs with."""

    port: int
    account_sid: str
    auth_token: str = field(repr=False)
    webhook_secret: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where it plays Twilio, and has its page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def smtp_port(self) -> int:
        """Where it takes mail."""
        return self.port + 1


def public_url() -> str:
    """The address under which providers reach us, without a trailing slash."""
    return str(read("PUBLIC_URL", "http://127.0.0.1:8000")).rstrip("/")


def status_callbacks() -> str:
    """The URL under which Twilio reports, before an attempt's id and a slash, which bind the report to the attempt."""
    return f"{public_url()}/webhooks/twilio/status/"


def simulator_port() -> int:
    """Where a host project's simulator listens; 0: there is none."""
    return int(read("GATEWAY_SIMULATOR_PORT", 0))


def simulator() -> Simulator | None:
    """The simulator that stands in for every provider, whatever else is set; None with a public PUBLIC_URL."""
    port = simulator_port()
    if not port or not is_loopback(public_url()):
        return None
    return Simulator(
        port=port,
        account_sid="AC" + "0" * 32,
        auth_token=derived_key("simulator.twilio"),
        webhook_secret=f"simulator:{derived_key('simulator.mail')}",
    )


def twilio_account_sid() -> str:
    """The account whose credentials we use."""
    if simulated := simulator():
        return simulated.account_sid
    return str(read("TWILIO_ACCOUNT_SID", ""))


def twilio_auth_tokens() -> tuple[str, ...]:
    """The tokens of that account: the current one first, then one that is being rotated out."""
    if simulated := simulator():
        return (simulated.auth_token,)
    return tuple(read("TWILIO_AUTH_TOKENS", (), variable="TWILIO_AUTH_TOKEN"))


def twilio_api_url() -> str:
    """The base of Twilio's REST API, without a trailing slash."""
    if simulated := simulator():
        return simulated.url
    return str(read("TWILIO_API_URL", "https://api.twilio.com")).rstrip("/")


def twilio_messaging_service_sid() -> str:
    """The Messaging Service of senders whose row names none, or ""."""
    return str(read("TWILIO_MESSAGING_SERVICE_SID", ""))


def mail_server() -> Mapping[str, Any]:
    """What Django's `get_connection` is told: nothing where EMAIL_BACKEND and its settings count."""
    if simulated := simulator():
        server = {"host": "127.0.0.1", "port": simulated.smtp_port}
        login = {"username": "", "password": "", "use_tls": False, "use_ssl": False}
        return {"backend": SMTP, **server, **login}
    return {}


def sms_per_second() -> float:
    """The pace of an SMS sender whose row names none, in messages a second."""
    return float(read("SMS_PER_SECOND", 1.0))


def resolve_after() -> timedelta:
    """How long a send stays in doubt before the provider is asked."""
    return timedelta(seconds=float(read("RESOLVE_AFTER", 30)))


def mail_domain() -> str:
    """The domain of our From addresses and Message-IDs."""
    return str(read("MAIL_DOMAIN", "mail.localhost"))


def reply_domain() -> str:
    """The domain of reply addresses and of businesses' public addresses."""
    return str(read("REPLY_DOMAIN", "reply.localhost"))


def channel_adapters() -> Mapping[str, str]:
    """Dotted paths of adapters that replace the built-in ones, by channel."""
    adapters: Mapping[str, str] = read("CHANNEL_ADAPTERS", {})
    return adapters


def derived_key(purpose: str) -> str:
    """A secret of its own for one purpose, from SECRET_KEY."""
    return salted_hmac(f"gateway.{purpose}", "", algorithm="sha256").hexdigest()


def read(name: str, default: Any, *, variable: str = "") -> Any:
    """Django's setting; where there is none the variable of that name (or `variable`), as what `default` is."""
    value = getattr(settings, name, _ABSENT)
    if value is not _ABSENT:
        return value
    given = os.environ.get(variable or name, "")
    return Env.parse_value(given, type(default)) if given else default
