"""Many rows in one statement. PostgreSQL and SQLite (from 3.33) understand both alike.

Django's `bulk_create` and `bulk_update` look at each value of each row, and that is what a process
that sends a thousand messages a second would mostly do. Here a value that all rows share is said
once, so a batch of like answers costs little more than their ids. PostgreSQL gets the others as one
array a column, as psycopg looks at each parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper


def insert(rows: Sequence[models.Model]) -> None:
    """Inserts new rows, whose ids they bring."""
    if rows:
        batch = _Batch.of(rows, [field.name for field in rows[0]._meta.concrete_fields])
        columns = ", ".join([*batch.shared, *batch.own])
        values = ", ".join([*(["%s"] * len(batch.shared)), *batch.own_columns])
        batch.execute("INSERT INTO", f"({columns}) SELECT {values} FROM {batch.fresh}")  # noqa: S608


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Writes these fields of rows that are there, and locked by the caller."""
    if rows:
        batch = _Batch.of(rows, ["pk", *names])
        sets = [f"{column} = %s" for column in batch.shared]
        pairs = zip(batch.own, batch.own_columns, strict=True)
        sets += [f"{column} = {fresh}" for column, fresh in pairs if column != batch.key]
        ours = f"{batch.table}.{batch.key} = fresh.column1"
        batch.execute("UPDATE", f"SET {', '.join(sets)} FROM {batch.fresh} WHERE {ours}")


@dataclass(frozen=True)
class _Batch:
    """Values by quoted column: one where all rows share it, else a list, the key's first."""

    connection: BaseDatabaseWrapper
    table: str
    key: str
    shared: dict[str, Any]
    own: dict[str, list[Any]]
    types: dict[str, str]

    @classmethod
    def of(cls, rows: Sequence[models.Model], names: Sequence[str]) -> "_Batch":
        model = type(rows[0])
        connection = connections[router.db_for_write(model)]
        quote = connection.ops.quote_name
        fields = [_field(model, name) for name in names]
        columns = {quote(str(field.column)): _values(field, rows, connection) for field in fields}
        key = quote(str(_field(model, "pk").column))
        own = {key: columns.pop(key)}
        own |= {name: values for name, values in columns.items() if len(values) > 1}
        shared = {name: values[0] for name, values in columns.items() if name not in own}
        types = {quote(str(field.column)): _type(field, connection) for field in fields}
        return cls(connection, quote(model._meta.db_table), key, shared, own, types)

    @property
    def fresh(self) -> str:
        """The values that differ, as a table."""
        if self._takes_arrays:
            arrays = ", ".join(f"%s::{self.types[name]}[]" for name in self.own)
            return f"unnest({arrays}) AS fresh({', '.join(self._names)})"
        line = f"({', '.join(['%s'] * len(self.own))})"
        return f"(VALUES {', '.join([line] * len(self.own[self.key]))}) AS fresh"

    @property
    def own_columns(self) -> list[str]:
        """What both databases call the columns of that table."""
        return [f"fresh.{name}" for name in self._names]

    def execute(self, verb: str, rest: str) -> None:
        own: list[Any] = list(self.own.values())
        if not self._takes_arrays:
            own = [value for row in zip(*own, strict=True) for value in row]
        with self.connection.cursor() as cursor:
            cursor.execute(f"{verb} {self.table} {rest}", [*self.shared.values(), *own])

    @property
    def _names(self) -> list[str]:
        """What both databases call the columns of VALUES by themselves."""
        return [f"column{number}" for number in range(1, len(self.own) + 1)]

    @property
    def _takes_arrays(self) -> bool:
        return self.connection.vendor == "postgresql"


def _values(
    field: "models.Field[Any, Any]", rows: Sequence[models.Model], connection: BaseDatabaseWrapper
) -> list[Any]:
    """As the database takes them: one where all are equal, except for a key."""
    values = [*map(attrgetter(field.attname), rows)]
    if values.count(values[0]) == len(values) and not field.primary_key:
        values = values[:1]
    return [_plain(field.get_db_prep_save(value, connection)) for value in values]


def _plain(value: Any) -> Any:
    """A state as its word: psycopg takes no array of both."""
    return value.value if isinstance(value, Enum) else value


def _type(field: "models.Field[Any, Any]", connection: BaseDatabaseWrapper) -> str:
    """The column's type without its length: a cast would cut what is too long, instead of refusing it."""
    return str(field.rel_db_type(connection)).partition("(")[0]


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return model._meta.pk if name == "pk" else model._meta.get_field(name)  # type: ignore[return-value]
