"""Many rows in one statement. PostgreSQL and SQLite (from 3.33) understand both alike.

Django's `bulk_create` and `bulk_update` look at each value of each row, and that is what a process
that sends a thousand messages a second would mostly do. Here a value that all rows share is said
once, so a batch of like answers costs little more than their ids. PostgreSQL gets the others as one
array a column, as psycopg looks at each parameter.

Rows are given by field: a list has one value for each of them, anything else is what all share.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from channels_out.among import as_array
from channels_out.models import Delivery

Rows = Mapping[str, Any]


def insert(model: type[models.Model], rows: Rows) -> None:
    """Inserts new rows, one at least, whose ids they bring; a field that is not named gets its default."""
    defaults = {
        field.attname: field.get_default()
        for field in model._meta.concrete_fields
        if field.attname not in rows
    }
    batch = _Batch.of(model, {**rows, **defaults})
    columns = ", ".join([*batch.shared, *batch.own])
    values = ", ".join([*(["%s"] * len(batch.shared)), *batch.own_columns])
    batch.execute("INSERT INTO", f"({columns}) SELECT {values} FROM {batch.fresh}")  # noqa: S608


def update(model: type[models.Model], rows: Rows) -> None:
    """Writes these fields of rows, one at least, that are there, and locked by the caller."""
    batch = _Batch.of(model, rows)
    sets = [f"{column} = %s" for column in batch.shared]
    pairs = zip(batch.own, batch.own_columns, strict=True)
    sets += [f"{column} = {fresh}" for column, fresh in pairs if column != batch.key]
    ours = f"{batch.table}.{batch.key} = fresh.column1"
    batch.execute("UPDATE", f"SET {', '.join(sets)} FROM {batch.fresh} WHERE {ours}")


def lock(model: type[models.Model], ids: Collection[UUID]) -> None:
    """Locks rows, in the order of their ids: two batches never wait for each other. None of them is read."""
    connection = connections[router.db_for_write(model)]
    if not ids or not connection.features.has_select_for_update:
        return
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(_field(model, "pk").column))
    # NO KEY: whoever inserts a row that refers to them does not wait.
    statement = (
        f"SELECT FROM {table} WHERE {key} = ANY(%s::uuid[]) ORDER BY {key} FOR NO KEY UPDATE"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_array([*ids])])


@contextmanager
def together() -> Iterator[None]:
    """What is written and asked inside goes to PostgreSQL in one go and is waited for at the end.

    A worker that sends waits longer for its turn to hear an answer than the server for making it. Errors come at the
    end as well, and nobody is told how many rows an UPDATE found:
    https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html
    """
    connection = connections[router.db_for_write(Delivery)]
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def save(objects: Sequence[models.Model], names: Sequence[str]) -> None:
    """Writes these fields of objects whose rows are there, and locked by the caller."""
    if objects:
        model = type(objects[0])
        update(model, {name: [*map(attrgetter(name), objects)] for name in ("pk", *names)})


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
    def of(cls, model: type[models.Model], rows: Rows) -> "_Batch":
        connection = connections[router.db_for_write(model)]
        quote = connection.ops.quote_name
        shared, own, types = dict[str, Any](), dict[str, list[Any]](), dict[str, str]()
        for name, given in rows.items():
            field = _field(model, name)
            column, value = quote(str(field.column)), _together(given, is_key=field.primary_key)
            if isinstance(value, list):
                own[column] = _all_plain(field, value, connection)
                types[column] = _type(field, connection)
            else:
                shared[column] = _plain(field, value, connection)
        key = quote(str(_field(model, "pk").column))
        own = {key: own.pop(key), **own}
        table = quote(model._meta.db_table)
        return cls(connection, table, key, shared, own, types)

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
        if self._takes_arrays:
            own = [as_array(values) for values in own]
        else:
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


def _together(given: Any, *, is_key: bool) -> Any:
    """One value where all are equal, except for a key."""
    if isinstance(given, list) and not is_key and given.count(given[0]) == len(given):
        return given[0]
    return given


def _all_plain(
    field: "models.Field[Any, Any]", values: list[Any], connection: BaseDatabaseWrapper
) -> list[Any]:
    if connection.features.has_native_uuid_field and isinstance(values[0], UUID):
        return values
    if isinstance(field, models.CharField) and all(type(value) is str for value in values):
        return values
    return [_plain(field, each, connection) for each in values]


def _plain(field: "models.Field[Any, Any]", value: Any, connection: BaseDatabaseWrapper) -> Any:
    """As the database takes it; a state as its word: psycopg takes no array of both."""
    prepared = field.get_db_prep_save(value, connection)
    return prepared.value if isinstance(prepared, Enum) else prepared


def _type(field: "models.Field[Any, Any]", connection: BaseDatabaseWrapper) -> str:
    """The column's type without its length: a cast would cut what is too long, instead of refusing it."""
    return str(field.rel_db_type(connection)).partition("(")[0]


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    return model._meta.pk if name == "pk" else model._meta.get_field(name)  # type: ignore[return-value]
