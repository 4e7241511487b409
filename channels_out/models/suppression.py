from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from channels_out.channel import Channel


class Suppression(models.Model):
    """An address that must not be written to from one scope, until it is lifted.

    `scope` is what the provider stops together: a Messaging Service, else one of our numbers, else
    one WhatsApp sender; "email" for mail. `words` is what the person wrote to stop it, `lifted_words`
    to allow it again. Rows are kept, so they tell who stopped what, when and how.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    scope = models.CharField(max_length=255)
    address = models.CharField(max_length=320)
    reason = models.CharField(max_length=64)
    words = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_words = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "scope", "address"],
                condition=models.Q(lifted_at__isnull=True),
                name="suppression_once",
            ),
        ]
        indexes = [
            models.Index(
                "address",
                condition=models.Q(lifted_at__isnull=True),
                name="suppression_standing",
            ),
            models.Index(
                "address",
                condition=models.Q(lifted_at__isnull=False),
                name="suppression_lifted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} from {self.scope}"
