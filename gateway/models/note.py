"""What the people of a business write for each other beside a conversation."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gateway.models.base import Row
from gateway.models.conversation import CustomerMessage


class Note(Row):
    """A note in a conversation that only members of the business see; nothing sends it anywhere."""

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="notes"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    author_name = models.CharField(max_length=255, help_text="As it was then.")
    text = models.TextField()

    def __str__(self) -> str:
        return f"Note in {self.message_id}"
