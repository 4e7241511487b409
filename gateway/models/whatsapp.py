"""Who is who on WhatsApp, where users may write without showing their number."""

from __future__ import annotations

from django.db import models

from gateway.models.base import Row


class WhatsAppUser(Row):
    """A WhatsApp user's id and his number, as one signed request named both. Never by a name.

    A new id for a number that was silent is a newcomer's: what passed before `since` was with somebody else.
    """

    user_id = models.CharField(max_length=140, unique=True)
    number = models.CharField(max_length=254, help_text="Exactly as the provider gave it.")
    normalized = models.CharField(max_length=254)
    since = models.DateTimeField(help_text="When something first came from him.")
    last_seen_at = models.DateTimeField(help_text="When both were last named together.")
    is_newcomer = models.BooleanField(
        default=False, help_text="The number was another user's, and silent since."
    )

    class Meta:
        verbose_name = "WhatsApp user"
        indexes = [models.Index(fields=["normalized"], name="gateway_whatsapp_of_number")]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.number}"
