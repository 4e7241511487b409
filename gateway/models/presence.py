"""Who looks at which conversation now."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gateway.models.conversation import CustomerMessage


class Presence(models.Model):
    """That a member had a conversation on his screen at `seen_at`, and whether he was writing; soon swept."""

    message = models.ForeignKey(
        CustomerMessage,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    is_writing = models.BooleanField(default=False)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "presences"
        constraints = [models.UniqueConstraint("message", "user", name="gateway_presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.message_id}"
