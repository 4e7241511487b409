"""What each day came to for a business, so that months are read and not counted."""

from __future__ import annotations

from django.db import models

from gateway.models.base import Row
from gateway.models.business import Business


class BusinessDay(Row):
    """What one day, by the business's own clock, came to; a day on which nothing happened has no row.

    `counts` is a `gateway.glance.counts.Counts` as JSON.
    """

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    day = models.DateField()
    counts = models.JSONField()

    class Meta:
        ordering = ("business", "day")
        constraints = [
            models.UniqueConstraint("business", "day", name="gateway_businessday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.business_id} on {self.day}"


class DayClock(models.Model):
    """Up to which day a business's days are counted, and when the next one is over."""

    business = models.OneToOneField(
        Business,
        on_delete=models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="day_clock",
    )
    counted_to = models.DateField(null=True, help_text="The last day that is counted.")
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.business_id} is counted to {self.counted_to}"
