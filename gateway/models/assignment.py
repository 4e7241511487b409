"""Who was asked to take care of a conversation, and when."""

from __future__ import annotations

from django.db import models

from gateway.models.base import Row
from gateway.models.conversation import CustomerMessage


class Assignment(Row):
    """That a conversation was given to somebody, or to nobody; shown in it, and never changed.

    `actor_name` is empty where nobody did it: who had it has no access any more. `assignee_name` is empty
    where nobody has it then.
    """

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="assignments"
    )
    actor_name = models.CharField(max_length=255, blank=True, help_text="As it was then.")
    assignee_name = models.CharField(max_length=255, blank=True, help_text="As it was then.")

    def __str__(self) -> str:
        return f"{self.message_id} to {self.assignee_name or 'nobody'}"
