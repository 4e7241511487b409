"""What a migration may do while processes of the version before it go on writing."""

from __future__ import annotations

from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# They touch no row and no column that code of before knows.
HARMLESS = (
    operations.AddIndex,
    operations.RemoveIndex,
    operations.RenameIndex,
    operations.RunPython,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.AlterConstraint,  # no SQL: the words of a refusal
)


def objection(
    operation: Operation, app: str, before: ProjectState, released: set[tuple[str, str]]
) -> str:
    """Why code of before would not survive an operation, or nothing.

    `released` are the tables, as (app label, model name), that code of before deletes rows from.
    """
    if isinstance(operation, HARMLESS):
        return ""
    if isinstance(operation, operations.CreateModel):
        return next(filter(None, (_ties(field, released) for _, field in operation.fields)), "")
    if isinstance(operation, operations.AddField):
        return _left_out(operation.field) or _ties(operation.field, released)
    if isinstance(operation, operations.AlterField):
        old = before.models[app, operation.model_name_lower].fields[operation.name]
        return _narrowed(old, operation.field)
    return f"{type(operation).__name__} changes what code of before relies on"


def _left_out(field: models.Field) -> str:
    """Code of before inserts rows without the new column."""
    if field.many_to_many or field.null or field.has_db_default():
        return "unique: what is left out may be there once only" if field.unique else ""
    return f"{field} needs a value that code of before does not give: null=True or db_default"


def _ties(field: models.Field, released: set[tuple[str, str]]) -> str:
    """Code of before deletes rows without those that point at them in a table it does not know."""
    if not (field.remote_field and getattr(field, "db_constraint", False)):
        return ""
    target = field.remote_field.model
    label = target if isinstance(target, str) else target._meta.label_lower
    if tuple(label.lower().split(".")) in released:
        return (
            f"a constraint to {label} keeps code of before from deleting there: db_constraint=False"
        )
    return ""


def _narrowed(old: models.Field, new: models.Field) -> str:
    if old.null and not new.null:
        return "code of before writes NULL there"
    if new.unique and not old.unique:
        return "rows of before may break what is unique now"
    lengths = (old.max_length or 0), (new.max_length or 0)
    if type(old) is not type(new) or lengths[1] < lengths[0]:
        was, now = old.db_type(connection), new.db_type(connection)
        return f"the column becomes {now}, and was {was}" if was != now else ""
    return ""
