"""Databases of the benchmark's own: copied from one that was migrated and filled once, and dropped at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

SERVER = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")


def name_of(part: str) -> str:
    """The name of a database of this run: two runs at once do not meet."""
    return f"bench_{os.getpid()}_{part}"


def url_of(name: str) -> str:
    """Where the database of this name is."""
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


@contextmanager
def database(part: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, like `template`; dropped at the end, whoever is connected."""
    name = sql.Identifier(name_of(part))
    _command(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
    try:
        yield url_of(name_of(part))
    finally:
        _command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def value(url: str, query: str, *arguments: Any) -> Any:
    """The first column of the first row."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query, arguments or None).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


def values(url: str, query: str, *arguments: Any) -> list[Any]:
    """The first column of every row."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(query, arguments or None)]  # type: ignore[arg-type]


def execute(url: str, statement: str) -> None:
    """One statement in a transaction of its own, or none: VACUUM wants that."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def _command(statement: sql.Composed) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)
