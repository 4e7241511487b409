"""Changes of many rows in one UPDATE. PostgreSQL and SQLite (from 3.33) understand it alike."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper


def write(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Writes these fields of rows that are there, and locked by the caller.

    What all rows share is said once, so a batch of like answers costs little more than their ids.
    Django's `bulk_update` makes a CASE of each field and row, which takes twenty times as long.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    columns = {name: _column(model, name, rows, connection) for name in ("pk", *names)}
    key = columns.pop("pk")
    shared = {name: values[0] for name, values in columns.items() if _are_equal(values)}
    own = {name: values for name, values in columns.items() if name not in shared}
    quoted = _quoter(model, connection)
    sets = [f"{quoted(name)} = %s" for name in shared]
    sets += [f"{quoted(name)} = fresh.column{number}" for number, name in enumerate(own, start=2)]
    line = f"({', '.join(['%s'] * (1 + len(own)))})"
    table = connection.ops.quote_name(model._meta.db_table)
    statement = (
        f"UPDATE {table} SET {', '.join(sets)}"  # noqa: S608 (names of our own columns)
        f" FROM (VALUES {', '.join([line] * len(rows))}) AS fresh"
        f" WHERE {table}.{quoted('pk')} = fresh.column1"
    )
    own_values = [value for row in zip(key, *own.values(), strict=True) for value in row]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*shared.values(), *own_values])


def _column(
    model: type[models.Model],
    name: str,
    rows: Sequence[models.Model],
    connection: BaseDatabaseWrapper,
) -> list[Any]:
    """The values of one field as the database takes them."""
    field = _field(model, name)
    value_of = attrgetter(field.attname)
    return [field.get_db_prep_save(value_of(row), connection) for row in rows]


def _quoter(model: type[models.Model], connection: BaseDatabaseWrapper) -> Callable[[str], str]:
    return lambda name: connection.ops.quote_name(_field(model, name).column)


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    field: models.Field[Any, Any] = (
        model._meta.pk if name == "pk" else model._meta.get_field(name)  # type: ignore[assignment]
    )
    return field


def _are_equal(values: Sequence[Any]) -> bool:
    return values.count(values[0]) == len(values)
