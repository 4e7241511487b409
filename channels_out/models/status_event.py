from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from channels_out.models.delivery import Delivery, DeliveryAttempt
from channels_out.state import State


class StatusEvent(models.Model):
    """One thing a provider told us about one message, with its own word and the raw report.

    `status` is empty for words we do not know; `attempt` is null while nothing matches.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    attempt = models.ForeignKey(
        DeliveryAttempt, null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.CASCADE, related_name="events"
    )
    provider = models.CharField(max_length=32)
    account = models.CharField(max_length=64, blank=True)
    provider_id = models.CharField(max_length=255)
    status = models.CharField(max_length=10, choices=State.choices, blank=True)
    provider_status = models.CharField(max_length=64)
    recipient = models.CharField(
        max_length=320,
        blank=True,
        default="",
        db_default="",
        help_text="Whom it is about, where the provider says so.",
    )
    error_code = models.CharField(max_length=32, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    payload = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_id", "provider_status", "error_code"],
                name="status_event_once",
            ),
        ]
        indexes = [
            models.Index(
                "received_at", condition=models.Q(attempt__isnull=True), name="status_unmatched"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_id}: {self.provider_status}"
