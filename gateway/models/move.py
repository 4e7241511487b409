"""That messages were moved between conversations, by whom and when."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gateway.models.base import Row
from gateway.models.conversation import CustomerMessage


class Move(Row):
    """Some messages of one conversation were filed under another by hand; both remember it.

    Without constraints: code that does not know this table yet could not erase a conversation or a user.
    """

    source = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="moves_away"
    )
    target = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="moves_here"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    actor_name = models.CharField(max_length=255, help_text="As it was then.")
    messages = models.PositiveIntegerField(help_text="How many messages were moved.")
    is_join = models.BooleanField(
        default=False, db_default=False, help_text="They were all that there was."
    )
    is_split = models.BooleanField(
        default=False, help_text="They became a conversation of their own."
    )

    def __str__(self) -> str:
        return f"{self.messages} from {self.source_id} to {self.target_id}"
