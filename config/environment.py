"""Reads the environment once, typed; a wrong or missing variable stops the start with the list of what to mend."""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
SIMULATED_ACCOUNT = "AC00000000000000000000000000000000"
Value = TypeVar("Value")


@dataclass(frozen=True)
class Twilio:
    account_sid: str
    auth_tokens: tuple[str, ...]
    api_url: str
    messaging_service_sid: str


@dataclass(frozen=True)
class Simulator:
    """Where the simulator listens; the gateway's default providers while it is on."""

    port: int
    smtp_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Environment:
    """Every variable of `.env.example`, typed."""

    host: str
    port: int
    data_dir: Path
    public_url: str
    secret_key: str
    debug: bool
    allowed_hosts: list[str]
    database_url: str
    simulator: Simulator | None
    twilio: Twilio
    email_url: str
    mail_domain: str
    reply_domain: str
    token_key: str
    sms_per_second: float
    resolve_after: int
    throttle_anonymous: str
    throttle_token: str
    live_url: str
    anymail_webhook_secret: str


def read_environment(*, simulate: bool = False) -> Environment:
    """The process environment over `.env` (or the file that ENV_FILE names) over the defaults.

    `simulate` turns the simulator on where nothing speaks against it: PUBLIC_URL is loopback, and
    neither SIMULATOR nor a Twilio account is set. Raises ImproperlyConfigured with one line for each
    variable that must be mended.
    """
    env_file = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
    if env_file and Path(env_file).is_file():
        environ.Env.read_env(env_file)
    return _Reader(environ.Env(), simulate).read()  # type: ignore[no-untyped-call]


@dataclass
class _Reader:
    env: environ.Env
    simulate: bool
    problems: list[str] = field(default_factory=list)

    def read(self) -> Environment:
        host = self.text("HOST", "127.0.0.1")
        port = self.number("PORT", 8000, int)
        data_dir = Path(self.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
        public_url = self.public_url(f"http://{host}:{port}")
        generated = _Generated(data_dir)
        simulator = self.simulator(public_url, port)
        values = Environment(
            host=host,
            port=port,
            data_dir=data_dir,
            public_url=public_url,
            secret_key=self.text("SECRET_KEY", "") or generated["secret_key"],
            debug=self.switch("DEBUG", False),
            allowed_hosts=self.names("ALLOWED_HOSTS") or _hosts_of(public_url, host),
            database_url=self.database_url(data_dir),
            simulator=simulator,
            twilio=self.twilio(simulator, generated),
            email_url=self.email_url(simulator),
            mail_domain=self.text("MAIL_DOMAIN", "mail.localhost"),
            reply_domain=self.text("REPLY_DOMAIN", "reply.localhost").lower(),
            token_key=self.text("TOKEN_KEY", "") or generated["token_key"],
            sms_per_second=self.number("SMS_PER_SECOND", 1.0, float),
            resolve_after=self.number("RESOLVE_AFTER", 30, int),
            throttle_anonymous=self.rate("THROTTLE_ANONYMOUS", "60/hour"),
            throttle_token=self.rate("THROTTLE_TOKEN", "600/minute"),
            live_url=self.text("LIVE_URL", ""),
            anymail_webhook_secret=self.webhook_secret(generated),
        )
        if self.problems:
            raise ImproperlyConfigured(
                "The gateway cannot start. Mend these settings (process environment or .env):\n"
                + "\n".join(f"  - {problem}" for problem in self.problems)
            )
        return values

    def text(self, name: str, default: str) -> str:
        return str(self.env.str(name, default=default)).strip()

    def names(self, name: str) -> list[str]:
        return [part.strip() for part in self.text(name, "").split(",") if part.strip()]

    def switch(self, name: str, default: bool) -> bool:
        raw = self.text(name, "").lower()
        if raw in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
            return raw in {"1", "true", "yes", "on"} if raw else default
        self.problems.append(f"{name} is {raw!r}; write on or off")
        return default

    def number(self, name: str, default: Value, kind: Callable[[str], Value]) -> Value:
        raw = self.text(name, "")
        if not raw:
            return default
        try:
            value = kind(raw)
        except ValueError:
            self.problems.append(f"{name} is {raw!r}; write a number such as {default}")
            return default
        if not float(raw) > 0:
            self.problems.append(f"{name} is {raw}; write a number above 0")
        return value

    def rate(self, name: str, default: str) -> str:
        raw = self.text(name, default)
        count, _, period = raw.partition("/")
        if not count.isdigit() or period not in {"second", "minute", "hour", "day"}:
            self.problems.append(f"{name} is {raw!r}; write a rate such as {default}")
        return raw

    def public_url(self, default: str) -> str:
        url = self.text("PUBLIC_URL", default).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
            self.problems.append(
                f"PUBLIC_URL is {url!r}; write scheme and host, such as https://gateway.example.com"
            )
        return url

    def database_url(self, data_dir: Path) -> str:
        url = self.text("DATABASE_URL", "") or f"sqlite:///{data_dir / 'gateway.sqlite3'}"
        if urlsplit(url).scheme not in {"sqlite", "postgres", "postgresql"}:
            self.problems.append(
                "DATABASE_URL names an unknown database; write postgres://user:password@host/name "
                "or sqlite:////path/to/file"
            )
            return "sqlite://:memory:"
        return url

    def simulator(self, public_url: str, port: int) -> Simulator | None:
        unspoken = is_loopback(public_url) and not self.text("TWILIO_ACCOUNT_SID", "")
        wanted = self.switch("SIMULATOR", self.simulate and unspoken)
        if wanted and not is_loopback(public_url):
            self.problems.append(
                "SIMULATOR is on while PUBLIC_URL is public; anybody could write as anybody. "
                "Turn SIMULATOR off, or use a loopback PUBLIC_URL"
            )
        if not wanted:
            return None
        return Simulator(
            port=self.number("SIMULATOR_PORT", port + 1, int),
            smtp_port=self.number("SIMULATOR_SMTP_PORT", port + 2, int),
        )

    def twilio(self, simulator: Simulator | None, generated: _Generated) -> Twilio:
        account = self.text("TWILIO_ACCOUNT_SID", SIMULATED_ACCOUNT if simulator else "")
        tokens = tuple(self.names("TWILIO_AUTH_TOKEN"))
        if simulator and not tokens:
            tokens = (generated["twilio_auth_token"],)
        if bool(account) != bool(tokens):
            self.problems.append(
                "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN go together; set both or none"
            )
        api = simulator.url if simulator else "https://api.twilio.com"
        return Twilio(
            account_sid=account,
            auth_tokens=tokens,
            api_url=self.text("TWILIO_API_URL", api).rstrip("/"),
            messaging_service_sid=self.text("TWILIO_MESSAGING_SERVICE_SID", ""),
        )

    def email_url(self, simulator: Simulator | None) -> str:
        default = f"smtp://127.0.0.1:{simulator.smtp_port}" if simulator else "smtp://127.0.0.1:25"
        url = self.text("EMAIL_URL", default)
        scheme = urlsplit(url).scheme
        if scheme not in {"smtp", "smtps", "smtp+tls"} and not scheme.startswith("anymail+"):
            self.problems.append(
                f"EMAIL_URL begins with {scheme!r}; write smtp://user:password@host:port or "
                "anymail+postmark:// (with that provider's ANYMAIL_ settings)"
            )
        return url

    def webhook_secret(self, generated: _Generated) -> str:
        secret = self.text("ANYMAIL_WEBHOOK_SECRET", "") or generated["anymail_webhook_secret"]
        if not all(secret.partition(":")):
            self.problems.append("ANYMAIL_WEBHOOK_SECRET must be user:password")
        return secret


class _Generated:
    """Secrets made at the first start and kept in DATA_DIR, readable by the owner of the process only."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "secrets.json"
        self.values: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        if self.values is None:
            self.values = self._load()
        return self.values[name]

    def _load(self) -> dict[str, str]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(_fresh_secrets(), indent=1))
        try:
            os.link(fresh, self.path)  # the first of several starting processes wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return dict(json.loads(self.path.read_text()))


def _fresh_secrets() -> dict[str, str]:
    return {
        "secret_key": secrets.token_urlsafe(50),
        "token_key": secrets.token_urlsafe(32),
        "twilio_auth_token": secrets.token_hex(16),
        "anymail_webhook_secret": f"gateway:{secrets.token_urlsafe(24)}",
    }


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine only."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hosts_of(public_url: str, host: str) -> list[str]:
    hosts = [urlsplit(public_url).hostname or host, host]
    return [
        *dict.fromkeys(hosts),
        *(["localhost", "127.0.0.1", "[::1]"] if is_loopback(public_url) else []),
    ]
