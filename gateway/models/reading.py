"""That staff read what belongs to a business which is not theirs."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gateway.models.base import Row
from gateway.models.business import Business
from gateway.models.conversation import CustomerMessage
from gateway.models.held import HeldItem


class Reading(Row):
    """One person of the staff opened a conversation or a held item; the business's people see it there.

    Without constraints: code that does not know this table yet could not erase what it points at.
    """

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    message = models.ForeignKey(
        CustomerMessage,
        on_delete=models.CASCADE,
        null=True,
        db_constraint=False,
        related_name="readings",
    )
    held = models.ForeignKey(
        HeldItem, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="readings"
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    reader_name = models.CharField(max_length=255, help_text="As it was then.")

    def __str__(self) -> str:
        return f"{self.reader_name} read {self.message_id or self.held_id}"
