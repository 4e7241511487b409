"""What the database tells of the gateway's health, in a few short questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from channels_out.outbox.waiting import oldest_due, silent
from gateway.clock import seconds_off
from gateway.pulse import last_beat
from webhooks.reconcile.ledger import unbalanced
from webhooks.waiting import failing_since, oldest_event, oldest_media

# A statement that takes longer is ended by PostgreSQL, so that a database in trouble is not asked in vain.
LONGEST_STATEMENT = 2_000  # milliseconds


@dataclass(frozen=True)
class Findings:
    """What there is to know; ages in seconds, None where there is no such row.

    `failing` is how long an errand has not worked, `differences` are those of the ledgers of the last week.
    `missing` names the migrations that are not applied; while there are any, nothing else is known.
    `silent` is since when the provider of a channel does not answer, `clock_off` by how many seconds this
    machine's clock and the database's differ.
    """

    missing: list[str]
    oldest_due: dict[str, float | None]
    last_beat: float | None
    failing: float | None = None
    differences: list[str] = field(default_factory=list)
    silent: dict[str, float | None] = field(default_factory=dict)
    clock_off: float = 0.0


def look() -> Findings:
    """Asks for all of it. Raises DatabaseError."""
    with short_statements():
        applied = MigrationRecorder(connection).applied_migrations()
        missing = sorted(".".join(name) for name in _migrations() - applied.keys())
        if missing:
            return Findings(missing, {}, None)
        now = timezone.now()
        return Findings(
            [],
            ages_of_due(now),
            age(now, last_beat()),
            age(now, failing_since()),
            [f"{each.day}: {what}" for each in unbalanced(now) for what in each.differences],
            _silent(now),
            round(seconds_off(), 1),
        )


def ages_of_due(now: datetime) -> dict[str, float | None]:
    """How long the oldest row of each kind has been due that waits for a worker and nothing else."""
    return {
        "events": age(now, oldest_event(now)),
        "media": age(now, oldest_media(now)),
        "deliveries": age(now, oldest_due(now)),
    }


def _silent(now: datetime) -> dict[str, float | None]:
    """The channels whose provider does not answer; of several accounts the one that is silent longest."""
    newest_first = silent().reverse().values_list("channel", "opened_at")
    return {channel: age(now, opened_at) for channel, opened_at in newest_first}


def age(now: datetime, at: datetime | None) -> float | None:
    """Seconds since then; another machine's clock may be a little ahead of ours."""
    return None if at is None else round(max(0.0, (now - at).total_seconds()), 1)


@contextmanager
def short_statements() -> Iterator[None]:
    """Ends each statement of the block that takes too long. SQLite's readers wait for nobody."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {LONGEST_STATEMENT}")
        yield


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """The last migration of every app; they are files, so this process will see no others."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
