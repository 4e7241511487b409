"""Reads the environment once, typed; a wrong or missing variable stops the start with the list of what to mend."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from channels_out.loopback import is_loopback
from config import env_file
from config.generated import GeneratedSecrets
from config.variables import Variables, split_url

BASE_DIR = Path(__file__).resolve().parent.parent
SIMULATED_ACCOUNT = "AC00000000000000000000000000000000"
# Templates of the question that the simulated account has (simulator/templates.py).
SIMULATED_CONTENTS = ",".join(f"{options}=HX{options:032d}" for options in range(3, 11))
REDIS = dict.fromkeys(("redis", "rediss"), "redis://host:6379/0")
RABBITMQ = dict.fromkeys(("amqp", "amqps"), "amqp://user:password@host:5672//")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class WrongEnvironment(ImproperlyConfigured):
    """The gateway cannot start; the text has one line for each variable that must be mended."""


@dataclass(frozen=True)
class Twilio:
    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    api_url: str
    messaging_service_sid: str
    question_content_sids: dict[int, str]


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
    """Every variable of `.env.example`, typed. What may hold a secret stays out of its repr."""

    host: str
    port: int
    data_dir: Path
    public_url: str
    secret_key: str = field(repr=False)
    debug: bool
    allowed_hosts: list[str]
    database_url: str = field(repr=False)
    database_connections: int
    celery_broker_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    simulator: Simulator | None
    twilio: Twilio
    email_url: str = field(repr=False)
    mail_domain: str
    reply_domain: str
    authserv_id: list[str]
    token_key: str = field(repr=False)
    sms_per_second: float
    sms_segment_price: str
    texts_per_day: int
    text_countries: tuple[str, ...]
    questions_per_day: int
    resolve_after: int
    answer_within_hours: int
    held_remind_hours: int
    held_staff_hours: int
    recycled_after_months: int
    throttle_anonymous: str
    throttle_token: str
    trusted_proxies: int
    live_url: str
    log_format: str
    metrics_token: str = field(repr=False)
    anymail_webhook_secret: str = field(repr=False)

    @property
    def listen_on(self) -> str:
        """HOST as an IP address, which is what the web server takes."""
        return "127.0.0.1" if self.host == "localhost" else self.host


def read_environment(*, simulate: bool = False) -> Environment:
    """The process environment over `.env` (or the file that ENV_FILE names) over the defaults.

    `simulate` turns the simulator on where nothing speaks against it: PUBLIC_URL is loopback, and
    neither SIMULATOR nor a Twilio account is set. Raises WrongEnvironment.
    """
    variables = Variables(env_file.load(BASE_DIR))
    values = _Reader(variables, simulate).read()
    if variables.problems:
        raise WrongEnvironment(
            "The gateway cannot start. Mend these settings (process environment or .env):\n"
            + "\n".join(f"  - {problem}" for problem in variables.problems)
        )
    return values


def mail_provider(email_url: str) -> str:
    """Anymail's name of the provider in `anymail+amazon-ses://` (or `_`); "" for a mail server."""
    scheme = email_url.partition("://")[0]  # RFC 3986 section 3.1 knows no underscore
    return scheme.removeprefix("anymail+").replace("-", "_") if "anymail+" in scheme else ""


@dataclass
class _Reader:
    variables: Variables
    simulate: bool

    def read(self) -> Environment:
        variables = self.variables
        host = self.host()
        port = variables.port("PORT", 8000)
        data_dir = self.data_dir()
        secrets = GeneratedSecrets(data_dir)
        public_url = self.public_url(host, port)
        simulator = self.simulator(public_url, port)
        return Environment(
            host=host,
            port=port,
            data_dir=data_dir,
            public_url=public_url,
            secret_key=self.secret("SECRET_KEY", secrets, "secret_key"),
            debug=variables.switch("DEBUG", False),
            allowed_hosts=self.allowed_hosts() or _hosts_of(public_url, host),
            database_url=self.database_url(data_dir),
            database_connections=variables.number("DATABASE_CONNECTIONS", 16, int),
            celery_broker_url=self.broker_url(),
            redis_url=self.service_url("REDIS_URL", REDIS),
            simulator=simulator,
            twilio=self.twilio(simulator, secrets),
            email_url=self.email_url(simulator),
            mail_domain=variables.domain("MAIL_DOMAIN", "mail.localhost"),
            reply_domain=variables.domain("REPLY_DOMAIN", "reply.localhost"),
            authserv_id=variables.names("AUTHSERV_ID"),
            token_key=self.secret("TOKEN_KEY", secrets, "token_key"),
            sms_per_second=variables.number("SMS_PER_SECOND", 1.0, float),
            sms_segment_price=variables.price("SMS_SEGMENT_PRICE"),
            texts_per_day=variables.number("TEXTS_PER_DAY", 1000, int),
            text_countries=variables.countries("TEXT_COUNTRIES"),
            questions_per_day=variables.number("QUESTIONS_PER_DAY", 100, int),
            resolve_after=variables.number("RESOLVE_AFTER", 30, int),
            answer_within_hours=variables.number("ANSWER_WITHIN_HOURS", 24, int),
            held_remind_hours=variables.number("HELD_REMIND_HOURS", 4, int),
            held_staff_hours=variables.number("HELD_STAFF_HOURS", 24, int),
            recycled_after_months=variables.number("RECYCLED_AFTER_MONTHS", 6, int),
            throttle_anonymous=variables.rate("THROTTLE_ANONYMOUS", "60/hour"),
            throttle_token=variables.rate("THROTTLE_TOKEN", "600/minute"),
            trusted_proxies=variables.count("TRUSTED_PROXIES"),
            live_url=self.live_url(),
            log_format=variables.choice("LOG_FORMAT", ("line", "json")),
            metrics_token=variables.text("METRICS_TOKEN"),
            anymail_webhook_secret=self.webhook_secret(secrets),
        )

    def host(self) -> str:
        host = self.variables.text("HOST", "127.0.0.1").strip("[]")
        if host != "localhost" and _address(host) is None:
            self.variables.problem(
                f"HOST is {host!r}; write an IP address of this machine such as 127.0.0.1"
            )
        return host

    def data_dir(self) -> Path:
        path = (BASE_DIR / self.variables.text("DATA_DIR", "var")).resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.cannot_write(path, error)
        return path

    def cannot_write(self, data_dir: Path, error: OSError) -> None:
        self.variables.problem(
            f"DATA_DIR {data_dir} cannot be written ({error.strerror}); "
            "let the user who runs the gateway write it, or name another folder"
        )

    def public_url(self, host: str, port: int) -> str:
        url = self.variables.text("PUBLIC_URL", f"http://{_in_url(host)}:{port}")
        parts = split_url(url)
        if not parts or parts.scheme not in _DEFAULT_PORTS or not parts.hostname or _has_more(url):
            self.variables.problem(
                f"PUBLIC_URL is {url!r}; write scheme and host, such as https://gateway.example.com"
            )
            return f"http://127.0.0.1:{port}"
        if (address := _address(parts.hostname)) and address.is_unspecified:
            self.variables.problem(
                f"HOST {host} means every address of this machine; "
                "set PUBLIC_URL to the one that others use, such as https://gateway.example.com"
            )
        public_port = parts.port if parts.port != _DEFAULT_PORTS[parts.scheme] else None
        suffix = f":{public_port}" if public_port else ""
        return f"{parts.scheme}://{_in_url(parts.hostname)}{suffix}"

    def secret(self, name: str, secrets: GeneratedSecrets, key: str) -> str:
        return self.variables.text(name) or self.generated(secrets, key)

    def generated(self, secrets: GeneratedSecrets, key: str) -> str:
        try:
            return secrets[key]
        except OSError as error:
            self.cannot_write(secrets.path.parent, error)
        except ValueError:
            self.variables.problem(
                f"{secrets.path} cannot be read; restore it from a backup, or delete it, which ends "
                "all reply addresses, links and logins"
            )
        return f"unset:{key}"

    def allowed_hosts(self) -> list[str]:
        hosts = self.variables.names("ALLOWED_HOSTS")
        if any("/" in host or re.search(r"[^\]:]*:\d+$", host) for host in hosts):
            self.variables.problem(
                "ALLOWED_HOSTS takes names without scheme and port, such as gateway.example.com"
            )
        return hosts

    def database_url(self, data_dir: Path) -> str:
        default = f"sqlite:///{quote(str(data_dir / 'gateway.sqlite3'))}"
        url = self.variables.text("DATABASE_URL", default)
        parts = split_url(url)
        if parts is None or parts.scheme not in {"sqlite", "postgres", "postgresql"}:
            self.variables.problem(
                "DATABASE_URL names no known database; write postgres://user:password@host:5432/name "
                "(with %-escapes in the password) or sqlite:////path/to/file"
            )
            return default
        return url

    def broker_url(self) -> str:
        url = self.service_url("CELERY_BROKER_URL", REDIS | RABBITMQ)
        if url and self.variables.text("DATABASE_URL", "sqlite:").startswith("sqlite:"):
            self.variables.problem(
                "CELERY_BROKER_URL is for many workers, and SQLite lets one write at a time; "
                "set DATABASE_URL to a PostgreSQL database, or leave CELERY_BROKER_URL out"
            )
        return url

    def service_url(self, name: str, examples: Mapping[str, str]) -> str:
        """A URL with one of the schemes, each of which has an example; empty when it is not set."""
        url = self.variables.text(name)
        parts = split_url(url)
        if url and (parts is None or parts.scheme not in examples or not parts.netloc):
            self.variables.problem(
                f"{name} names no service that can be used; write "
                f"{' or '.join(dict.fromkeys(examples.values()))}"
            )
            return ""
        return url

    def simulator(self, public_url: str, port: int) -> Simulator | None:
        unspoken = is_loopback(public_url) and not self.variables.text("TWILIO_ACCOUNT_SID")
        wanted = self.variables.switch("SIMULATOR", self.simulate and unspoken)
        if wanted and not is_loopback(public_url):
            self.variables.problem(
                "SIMULATOR is on while PUBLIC_URL is public; anybody could write as anybody. "
                "Turn SIMULATOR off, or use a loopback PUBLIC_URL"
            )
        beside = port if port < 65534 else port - 3
        ports = (
            self.variables.port("SIMULATOR_PORT", beside + 1),
            self.variables.port("SIMULATOR_SMTP_PORT", beside + 2),
        )
        if len({port, *ports}) < 3:
            self.variables.problem("PORT, SIMULATOR_PORT and SIMULATOR_SMTP_PORT must differ")
        return Simulator(*ports) if wanted else None

    def twilio(self, simulator: Simulator | None, secrets: GeneratedSecrets) -> Twilio:
        account = self.variables.identifier(
            "TWILIO_ACCOUNT_SID", "AC", SIMULATED_ACCOUNT if simulator else ""
        )
        tokens = self.variables.names("TWILIO_AUTH_TOKEN")
        if simulator and not tokens:
            tokens = [self.generated(secrets, "twilio_auth_token")]
        if bool(account) != bool(tokens):
            self.variables.problem(
                "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN go together; set both or none"
            )
        api = simulator.url if simulator else "https://api.twilio.com"
        return Twilio(
            account_sid=account,
            auth_tokens=tuple(tokens),
            api_url=self.variables.http_url("TWILIO_API_URL", api),
            messaging_service_sid=self.variables.identifier("TWILIO_MESSAGING_SERVICE_SID", "MG"),
            question_content_sids=self.variables.identifiers(
                "TWILIO_QUESTION_CONTENT_SIDS", "HX", SIMULATED_CONTENTS if simulator else ""
            ),
        )

    def email_url(self, simulator: Simulator | None) -> str:
        default = f"smtp://127.0.0.1:{simulator.smtp_port if simulator else 25}"
        url = self.variables.text("EMAIL_URL", default)
        provider = mail_provider(url)
        parts = split_url(url)
        is_server = parts and parts.scheme in {"smtp", "smtps", "smtp+tls"} and parts.hostname
        if not (is_server or (provider and _is_known_to_anymail(provider))):
            self.variables.problem(
                "EMAIL_URL names no mail server or provider; write smtp://user:password@host:port "
                "(with %-escapes in the password) or anymail+postmark:// with its ANYMAIL_ settings"
            )
        return url

    def live_url(self) -> str:
        url = self.variables.text("LIVE_URL")
        if url and not re.fullmatch(r"(/[\w.~-]+)+/?", url):
            self.variables.problem(
                f"LIVE_URL is {url!r}; write a path of this origin such as /live/"
            )
        return url

    def webhook_secret(self, secrets: GeneratedSecrets) -> str:
        secret = self.secret("ANYMAIL_WEBHOOK_SECRET", secrets, "anymail_webhook_secret")
        if not all(secret.partition(":")):
            self.variables.problem("ANYMAIL_WEBHOOK_SECRET must be user:password")
        return secret


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _has_more(url: str) -> bool:
    """Whether there is more than scheme, host, port and a trailing slash."""
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or re.search(r"[\s@?#]", url))


def _is_known_to_anymail(provider: str) -> bool:
    if not re.fullmatch(r"[a-z0-9_]+", provider):
        return False
    return importlib.util.find_spec(f"anymail.backends.{provider}") is not None


def _hosts_of(public_url: str, host: str) -> list[str]:
    hosts = [urlsplit(public_url).hostname or host, host]
    if is_loopback(public_url):
        hosts += ["localhost", "127.0.0.1", "::1"]
    return [_in_url(name) for name in dict.fromkeys(hosts)]
