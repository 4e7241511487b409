"""What is known of a token of the REST API, besides its hash."""

from __future__ import annotations

from django.db import models
from knox.settings import knox_settings

from gateway.models.base import Row


class ApiToken(Row):
    """A token as its person knows it; the token itself is nowhere, its hash is knox's."""

    token = models.OneToOneField(
        knox_settings.TOKEN_MODEL,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="gateway_token",
    )
    name = models.CharField(max_length=80)
    reads_only = models.BooleanField(default=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return self.name
