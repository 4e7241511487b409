"""How every log line is made: Django's, Celery's, the web server's and our own, by one formatter."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from config.logs.masking import Masker

# In the order in which somebody reads them.
FIRST = ("timestamp", "level", "logger", "event")
# Whose lines are logged from which level on.
LEVELS = {
    "celery": "WARNING",  # below, a line for each wake-up and beat; `--loglevel` says otherwise
    "django": "INFO",
    # Scanners send thousands of requests for hosts that are none of ours; each is answered 400.
    "django.security.DisallowedHost": "CRITICAL",
    "django.request": "CRITICAL",  # the line of the request tells it
    "django.server": "INFO",
    "_granian": "ERROR",
}


def configure(log_format: str) -> dict[str, Any]:
    """Django's LOGGING for lines of this format, `line` or `json`; sets structlog up to write the same.

    Python's warnings are logged as well.
    """
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_gathered(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": "config.logs.lines.formatter", "log_format": log_format}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            name: {"level": level, "handlers": [], "propagate": True}
            for name, level in LEVELS.items()
        },
    }


def formatter(log_format: str) -> logging.Formatter:
    """The formatter of every handler; made once Django's settings are there, whose secrets it masks."""
    from django.conf import settings

    renderer: Processor = _as_json if log_format == "json" else _as_line
    return _Formatter(
        foreign_pre_chain=_gathered(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            Masker(_secrets(settings)),
            renderer,
        ],
    )


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Says a record whose arguments do not fit its text as well: logging would print them, unmasked."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            record.getMessage()
        except (TypeError, ValueError, KeyError):
            record.msg, record.args = f"{record.msg} {record.args!r}", None
        return super().format(record)


def _gathered() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _as_json(logger: WrappedLogger, name: str, event: EventDict) -> str:
    return json.dumps(_ordered(event), default=str)


def _as_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """`2026-01-02T03:04:05Z INFO gateway.worker What happened request_id=...`, a traceback below."""
    ordered = _ordered(event)
    below = [str(ordered.pop(name)) for name in ("exception", "stack") if name in ordered]
    first = [str(ordered.pop(name, "")) for name in FIRST]
    first[1] = first[1].upper()
    more = [f"{key}={value}" for key, value in ordered.items()]
    # What a stranger wrote begins no line of its own, and cannot keep a line from being written.
    line = " ".join([*first, *more]).replace("\r", "\\r").replace("\n", "\\n")
    return "\n".join([line, *below]).encode("utf-8", "backslashreplace").decode()


def _ordered(event: EventDict) -> dict[str, Any]:
    return {name: event[name] for name in (*FIRST, *event) if name in event}


def _secrets(settings: Any) -> Iterator[str]:
    yield settings.SECRET_KEY
    yield settings.TOKEN_KEY
    yield settings.METRICS_TOKEN
    yield settings.EMAIL_HOST_PASSWORD
    yield from settings.TWILIO_AUTH_TOKENS
    for database in settings.DATABASES.values():
        yield database.get("PASSWORD") or ""
    yield from _texts(settings.ANYMAIL)


def _texts(values: Mapping[str, Any]) -> Iterator[str]:
    """Anymail's settings: keys and secrets of providers, `user:password` both whole and alone."""
    for value in values.values():
        if isinstance(value, str):
            yield value
            yield value.rpartition(":")[2]
