"""Questions that are asked among what is written `together` (`rows`), and whose SQL is not made anew each time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler

from channels_out.among import as_array
from channels_out.models import Delivery


@dataclass(frozen=True)
class Asked:
    """A question that was put to the database, and whose answer nobody has looked at yet."""

    _compiler: SQLCompiler
    _cursor: CursorWrapper | None

    def rows(self) -> list[Any]:
        """The answer, to be had once."""
        if self._cursor is None:
            return []
        with self._cursor as cursor:
            found = cursor.fetchall()
        return list(self._compiler.results_iter([found], tuple_expected=True))

    def column(self) -> set[Any]:
        """The same, where one column was asked for."""
        return {value for (value,) in self.rows()}


def ask(query: "QuerySet[Any, Any]") -> Asked:
    """Puts a query (of `values_list`) to the database; inside `rows.together` its answer is there at the end."""
    connection = _connection_of(query)
    compiler = query.query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return Asked(compiler, None)
    return _put(connection, compiler, sql, params)


class Question:
    """A query that is asked again and again with other values.

    Of a query for 500 rows Django's making of its SQL takes as much of this process as all else together. `build` gives
    the query (of `values_list`) for such values as the `samples`: moments, and lists that it puts into `Among`. No two
    samples may be equal. An empty list finds nothing.
    """

    def __init__(self, build: "Callable[..., QuerySet[Any, Any]]", *samples: Any) -> None:
        self._build = build
        self._samples = samples
        self._of_thread = threading.local()  # as a connection is

    def ask(self, *values: Any, limit: int | None = None) -> Asked:
        """As the function `ask`, with these values, for `limit` rows at most."""
        if connections[router.db_for_write(Delivery)].vendor != "postgresql":
            return ask(self._build(*values)[:limit])
        if not hasattr(self._of_thread, "made"):
            self._of_thread.made = _Made.of(self._build(*self._samples), self._samples)
        made: _Made = self._of_thread.made
        return made.ask(values, limit)


@dataclass(frozen=True)
class _Made:
    """SQL with its parameters, and for each of them which value it is, if any."""

    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]
    places: tuple[int | None, ...]

    @classmethod
    def of(cls, query: "QuerySet[Any, Any]", samples: tuple[Any, ...]) -> "_Made":
        compiler = query.query.get_compiler(connection=_connection_of(query))
        sql, params = compiler.as_sql()
        known = [_param(sample) for sample in samples]
        places = tuple(known.index(param) if param in known else None for param in params)
        if not set(range(len(samples))) <= set(places):
            raise ValueError(
                "Each sample must reach the SQL as it is: a moment, or a list in Among."
            )
        return cls(compiler, sql, tuple(params), places)

    def ask(self, values: tuple[Any, ...], limit: int | None) -> Asked:
        if any(not value for value in values):
            return Asked(self.compiler, None)
        given = [_param(value) for value in values]
        pairs = zip(self.places, self.params, strict=True)
        params = tuple(param if place is None else given[place] for place, param in pairs)
        # PostgreSQL takes it after FOR UPDATE as well: https://www.postgresql.org/docs/current/sql-select.html
        sql = self.sql if limit is None else f"{self.sql} LIMIT {limit:d}"
        return _put(self.compiler.connection, self.compiler, sql, params)


def _put(
    connection: BaseDatabaseWrapper, compiler: SQLCompiler, sql: str, params: tuple[Any, ...]
) -> Asked:
    cursor = connection.cursor()
    cursor.execute(sql, params)
    return Asked(compiler, cursor)


def _param(value: Any) -> Any:
    return as_array([*value]) if isinstance(value, list | set) else value


def _connection_of(query: "QuerySet[Any, Any]") -> BaseDatabaseWrapper:
    return connections[router.db_for_write(query.model)]
