"""That the clock goes, as a row that everybody can read."""

from __future__ import annotations

from django.db import models


class Pulse(models.Model):
    """The last beat of one clock, written by whoever the beat reached in the end (`gateway.pulse`)."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField(help_text="When it last arrived.")

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
