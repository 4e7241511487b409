"""How many texts a business has sent, by day."""

from __future__ import annotations

from django.db import models

from gateway.models.base import Row
from gateway.models.business import Business


class TextsSent(Row):
    """What a business sent to phones on one day: segments of SMS, messages of WhatsApp.

    Without a constraint: code that does not know this table could not erase a business.
    """

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    day = models.DateField()
    segments = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "texts sent"
        constraints = [
            models.UniqueConstraint("business", "day", name="gateway_texts_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.segments} on {self.day}"
