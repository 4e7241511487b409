"""Who was answered by itself outside opening hours."""

from __future__ import annotations

from django.db import models

from gateway.models.base import Row
from gateway.models.business import Business
from gateway.models.contact import Contact


class AwaySent(Row):
    """When a customer was last answered by itself; once a day."""

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "away answers sent"
        indexes = [models.Index(fields=["business", "sent_at"], name="gateway_awaysent_lately")]

    def __str__(self) -> str:
        return f"Away answer to {self.contact}"
