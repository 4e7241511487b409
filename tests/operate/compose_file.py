"""compose.yaml as Compose reads it, as far as that file goes: variables filled in, an override laid over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "compose.yaml"
RABBITMQ = ROOT / "compose.rabbitmq.yaml"
# ${NAME}, ${NAME:-what else} and ${NAME:?what to do}; $$ is a dollar sign.
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")
_DURATION = {"s": 1.0, "m": 60.0}
# What somebody has written into his `.env`.
WRITTEN = {
    "PUBLIC_URL": "https://gateway.example.com",
    "SECRET_KEY": "a-secret-key-of-more-than-fifty-characters-of-many-kinds-0123456789",
    "TOKEN_KEY": "a-token-key",
    "ANYMAIL_WEBHOOK_SECRET": "provider:webhook-secret",
    "POSTGRES_PASSWORD": "postgres-password",
    "RABBITMQ_PASSWORD": "rabbitmq-password",
    "EMAIL_URL": "smtp://gateway:mail-password@smtp.example.com:587",
    "MAIL_DOMAIN": "mail.gateway.example.com",
    "REPLY_DOMAIN": "reply.gateway.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "twilio-token",
    "TWILIO_API_URL": "https://api.twilio.com",
}


class Missing(Exception):
    """A variable that must be set is not; the text names it and says what to write."""


@dataclass(frozen=True)
class Service:
    """One service: what it runs and the whole of its environment."""

    name: str
    command: str
    environment: Mapping[str, str]
    health: str
    after: Mapping[str, str]
    grace: float  # seconds
    raw: Mapping[str, Any] = field(repr=False)


def services(variables: Mapping[str, str], *overrides: Path) -> dict[str, Service]:
    """The services by name, for a project whose `.env` holds these variables. Raises Missing."""
    whole: dict[str, Any] = {}
    for path in (COMPOSE, *overrides):
        whole = _laid_over(whole, yaml.safe_load(path.read_text())["services"])
    filled = _filled(whole, variables)
    return {name: _service(name, raw, variables) for name, raw in filled.items()}


def named_variables() -> set[str]:
    """Every variable that the compose files take from `.env` by name."""
    found = (_VARIABLE.finditer(path.read_text()) for path in (COMPOSE, RABBITMQ))
    return {match["name"] for matches in found for match in matches if match["name"]}


def own_variables() -> set[str]:
    """Those that only Compose reads: nothing in the containers knows them."""
    given = services(dict.fromkeys(named_variables(), "x"), RABBITMQ)
    return named_variables() - given["web"].raw["environment"].keys()


def in_order(wanted: Mapping[str, Service]) -> Iterator[Service]:
    """The services, each after those that it waits for."""
    started: set[str] = set()
    while len(started) < len(wanted):
        ready = [
            row
            for row in wanted.values()
            if row.name not in started and row.after.keys() <= started
        ]
        assert ready, f"These wait for one another: {wanted.keys() - started}"
        started |= {row.name for row in ready}
        yield from ready


def example() -> dict[str, str]:
    """The variables of `.env.example` with their values."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


def _service(name: str, raw: dict[str, Any], variables: Mapping[str, str]) -> Service:
    command = raw.get("command", "")
    from_file = variables if raw.get("env_file") == ".env" else {}
    return Service(
        name=name,
        command=command if isinstance(command, str) else " ".join(command),
        environment={**from_file, **raw.get("environment", {})},
        health=raw.get("healthcheck", {}).get("test", ""),
        after={other: wait["condition"] for other, wait in raw.get("depends_on", {}).items()},
        grace=_seconds(raw.get("stop_grace_period", "10s")),
        raw=raw,
    )


def _laid_over(below: Any, above: Any) -> Any:
    """Maps are joined; anything else replaces what is below it."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {
        **below,
        **{name: _laid_over(below.get(name), value) for name, value in above.items()},
    }


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(part, variables) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, variables) for part in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _value(match, variables), value)
    return value


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["name"] is None:
        return "$"
    value = variables.get(match["name"], "")
    if not value and match["kind"] == "?":
        raise Missing(f"{match['name']}: {match['text']}")
    return value or (match["text"] if match["kind"] == "-" else "")


def _seconds(duration: str) -> float:
    return float(duration[:-1]) * _DURATION[duration[-1]]


VARIABLES = {**example(), **WRITTEN}
