"""The simulator's own SQLite file, and the counter that tells the page to look again."""

import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, direction TEXT NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL,
    service_sid TEXT, error_code INTEGER, num_segments INTEGER NOT NULL, num_media INTEGER NOT NULL,
    callback TEXT, extras TEXT, created REAL NOT NULL, sent REAL, updated REAL NOT NULL,
    webhook_state TEXT NOT NULL DEFAULT '', webhook_status INTEGER,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS messages_sender ON messages (sender, recipient, seq);
CREATE INDEX IF NOT EXISTS messages_recipient ON messages (recipient, sender, seq);
CREATE TABLE IF NOT EXISTS media (
    sid TEXT PRIMARY KEY, message_sid TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
    content_type TEXT NOT NULL, content BLOB, source_url TEXT, created REAL NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS media_message ON media (message_sid, position);
CREATE TABLE IF NOT EXISTS opt_outs (
    scope TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (scope, address)
);
CREATE TABLE IF NOT EXISTS service_numbers (number TEXT PRIMARY KEY, service_sid TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, folder TEXT NOT NULL,
    sender TEXT NOT NULL, author TEXT NOT NULL, recipients TEXT NOT NULL, subject TEXT NOT NULL,
    message_id TEXT NOT NULL, preview TEXT NOT NULL, raw BLOB NOT NULL, at REAL NOT NULL,
    unread INTEGER NOT NULL, state TEXT NOT NULL, webhook_status INTEGER
);
CREATE INDEX IF NOT EXISTS mails_mailbox ON mails (mailbox, id);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, direction TEXT NOT NULL,
    kind TEXT NOT NULL, subject TEXT NOT NULL, method TEXT NOT NULL, url TEXT NOT NULL,
    request TEXT NOT NULL, status INTEGER, response TEXT NOT NULL, attempt INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TABLES = ("messages", "media", "opt_outs", "service_numbers", "mails", "calls", "settings")


class State:
    """One connection to the simulator's file; every write counts `revision` up."""

    def __init__(self, path: Path | None) -> None:
        """Open (or make) the file; None keeps everything in memory."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        # The system keeps written pages when only this process dies: no fsync is needed for that.
        self._connection.execute("PRAGMA synchronous=OFF")
        self._prepare()
        self.revision = time.time_ns() // 1_000_000

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Every row that a SELECT finds."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row that a SELECT finds, or None."""
        found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def write(self, sql: str, *values: object) -> int:
        """Run one INSERT, UPDATE or DELETE; answers the new row's id."""
        self.revision += 1
        return self._connection.execute(sql, values).lastrowid or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside together, or nothing of it."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def setting(self, name: str) -> Any:
        """A stored JSON value, or None."""
        row = self.row("SELECT value FROM settings WHERE name = ?", name)
        return None if row is None else json.loads(row["value"])

    def keep_setting(self, name: str, value: object) -> None:
        """Store a JSON value under a name."""
        self.write("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, json.dumps(value))

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in TABLES:
                self.write(" ".join(("DELETE FROM", table)))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _prepare(self) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            log.warning("The state file is of another version (%s): starting empty.", version)
            for table in TABLES:
                self._connection.execute(f"DROP TABLE IF EXISTS {table}")
        self._connection.executescript(SCHEMA)
        self._connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
