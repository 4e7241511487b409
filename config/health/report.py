"""The findings of all checks, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from config.health import services
from config.health.database import Findings, look
from config.health.question import Question
from gateway.clock import MOST

# How long a probe waits for the database or the store of attachments. They are asked side by side.
PATIENCE = 3.0  # seconds
# A connection to a broker or Redis next door takes milliseconds.
SERVICE_PATIENCE = 1.0  # seconds
# Each look at the store writes a file, however many ask.
STORAGE_KEPT = 5.0  # seconds
# A worker looks every second, so a row that nobody took for so long has no worker.
LATE = 60.0  # seconds
# Four beats that did not arrive.
OVERDUE = 60.0  # seconds
# Six times that a provider could not be asked for what it did not post.
UNASKED = 30 * 60.0  # seconds
# What this process cannot take a request without; everything else is others' work, or comes back by itself.
NEEDED = {"database", "migrations"}

_database = Question(look, PATIENCE)
_storage = Question(services.try_storage, PATIENCE, keep=STORAGE_KEPT)
_broker = Question(services.ask_broker, SERVICE_PATIENCE)
_redis = Question(services.ask_redis, SERVICE_PATIENCE)


@dataclass(frozen=True)
class Report:
    """Every check by its name: whether all is well, and what there is to know, as JSON."""

    checks: dict[str, dict[str, Any]]

    @property
    def status(self) -> str:
        """ "ok"; "failing" where this process cannot take a request; else "degraded"."""
        bad = {name for name, check in self.checks.items() if not check["ok"]}
        if not bad:
            return "ok"
        return "failing" if bad & NEEDED else "degraded"

    def as_json(self) -> dict[str, Any]:
        """The body of an answer."""
        return {"status": self.status, "checks": self.checks}


def report() -> Report:
    """Asks everything at once, and takes PATIENCE at most."""
    found = _database.put()
    services_asked = list(_services())
    checks = _tell_database(found)
    return Report(checks | {name: _tell(answer) for name, answer in services_asked})


def _services() -> Iterator[tuple[str, Callable[[], None]]]:
    yield "storage", _storage.put()
    if settings.CELERY_BROKER_URL:
        yield "broker", _broker.put()
    if settings.REDIS_URL:
        yield "redis", _redis.put()


def _tell(answer: Callable[[], None]) -> dict[str, Any]:
    try:
        answer()
    except Exception as error:  # noqa: BLE001  whatever a client raises, the service cannot be used
        return _problem(error)
    return {"ok": True}


def _tell_database(found: Callable[[], Findings]) -> dict[str, dict[str, Any]]:
    try:
        findings = found()
    except Exception as error:  # noqa: BLE001  whatever it is, it cannot be read
        return {"database": _problem(error)}
    migrations = {"ok": not findings.missing, "missing": findings.missing}
    checks: dict[str, dict[str, Any]] = {"database": {"ok": True}, "migrations": migrations}
    if findings.missing:
        return checks
    late = [age for age in findings.oldest_due.values() if age is not None and age > LATE]
    beat = findings.last_beat
    return checks | {
        "due": {"ok": not late, "oldest_seconds": findings.oldest_due},
        "providers": {"ok": not findings.silent, "silent_seconds": findings.silent},
        "beat": {"ok": beat is not None and beat <= OVERDUE, "last_seconds_ago": beat},
        "reconciler": {
            "ok": (findings.failing or 0.0) <= UNASKED,
            "failing_seconds": findings.failing,
        },
        "clock": {"ok": findings.clock_off <= MOST, "seconds_off": findings.clock_off},
        "ledger": {"ok": not findings.differences, "differences": findings.differences},
    }


def _problem(error: Exception) -> dict[str, Any]:
    """The error's name alone: its text may hold addresses and names of machines."""
    return {"ok": False, "problem": type(error).__name__}
