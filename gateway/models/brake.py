"""Whose messages a business is not told of one by one for a while."""

from __future__ import annotations

from django.db import models

from gateway.models.base import Row
from gateway.models.business import Business


class Brake(Row):
    """One writer, or one domain, that writes faster than people do; at its end one mail says how much came.

    Without a constraint: code that does not know this table yet could not erase a business.
    """

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    writer = models.CharField(max_length=300, help_text="As the mail at the end names it.")
    key = models.CharField(
        max_length=300, help_text="`contact:` and its id, or `domain:` and its name."
    )
    ends_at = models.DateTimeField(db_index=True)
    held_back = models.PositiveIntegerField(default=0, help_text="Messages nobody was told of.")

    class Meta:
        constraints = [
            models.UniqueConstraint("business", "key", name="gateway_brake_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.business_id}"
