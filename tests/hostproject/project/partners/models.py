from django.db import models


class InboundEvent(models.Model):
    """What a partner's system announced."""

    body = models.TextField()

    def __str__(self) -> str:
        return self.body[:40]
