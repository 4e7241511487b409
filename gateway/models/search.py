"""The words of what was written, to be searched."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from gateway.models.business import Business
from gateway.models.conversation import CustomerMessage


class Words(models.Field):  # type: ignore[type-arg]  # generic for the type checker only
    """A set of words: a tsvector on PostgreSQL, elsewhere a text with a blank before each word."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:
        # Not to_tsvector: its parser takes an address of mail for one word and "1e5" for another number.
        return "array_to_tsvector(%s::text[])" if connection.vendor == "postgresql" else "%s"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        return value if connection.vendor == "postgresql" else "".join(f" {word}" for word in value)


@Words.register_lookup
class Begin(models.Lookup):  # type: ignore[type-arg]
    """Whether every one of these begins some word. They hold letters, marks and digits only."""

    lookup_name = "begin"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        likes = " AND ".join(f"{column} LIKE %s" for _ in self.rhs)
        return f"({likes})", [*params * len(self.rhs), *(f"% {word}%" for word in self.rhs)]

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        asked = " & ".join(f"'{word}':*" for word in self.rhs)
        return f"{column} @@ %s::tsquery", [*params, asked]


class SearchText(models.Model):
    """One written text of a conversation: its id, and its words with those of its customer and subject.

    Written once, with the text, and never when a conversation moves: an index over the conversation's
    own row would be written again with each of its changes.
    """

    id = models.UUIDField(primary_key=True, editable=False, help_text="Of the message or reply.")
    # Who deletes a business deletes its conversations first.
    business = models.ForeignKey(
        Business, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    message = models.ForeignKey(CustomerMessage, on_delete=models.CASCADE, related_name="+")
    words = Words()

    class Meta:
        indexes = [GinIndex(fields=["business", "words"], name="gateway_search_words")]

    def __str__(self) -> str:
        return f"Words of {self.id}"
