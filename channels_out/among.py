from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Lookup
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler


class Among(Lookup):
    """Whether a column is one of many values of its type: `filter(Among("pk", ids))`, as `pk__in=ids` asks.

    PostgreSQL gets them as one array. Django and psycopg look at each of a hundred parameters five
    times, which is a good part of what a process computes that sends a thousand messages a second.
    """

    prepare_rhs = False

    def __init__(self, column: Any, values: Any) -> None:
        super().__init__(F(column) if isinstance(column, str) else column, list(values))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """As Django's `IN`."""
        sql, params = In(self.lhs, self.rhs).as_sql(compiler, connection)
        return sql, tuple(params)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """With one parameter, however many values there are. Raises EmptyResultSet, as `IN` does, for none."""
        if not self.rhs:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*params, as_array(self.rhs))


def as_array(values: Sequence[Any]) -> Any:
    """These values of one type as one parameter of PostgreSQL's.

    Ids and words are written as an array's text here, as psycopg looks at each in turn:
    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-INPUT
    """
    first = next(iter(values), None)
    if isinstance(first, UUID):
        return "{" + ",".join([value.hex for value in values]) + "}"
    if isinstance(first, str):
        return "{" + ",".join([_quoted(value) for value in values]) + "}"
    return values


def _quoted(word: str | None) -> str:
    if word is None:
        return "NULL"
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
