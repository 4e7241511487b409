"""The first answer to a call that named an Idempotency-Key."""

from __future__ import annotations

from django.db import models

from gateway.models.base import Row


class IdempotentCall(Row):
    """One POST by one caller under one key; the same key with the same body gets the first answer."""

    caller = models.CharField(
        max_length=100, help_text="user:ID, or the address of an anonymous caller."
    )
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True, help_text="JSON, to the byte: jsonb would sort its keys.")

    class Meta:
        constraints = [models.UniqueConstraint("caller", "key", name="gateway_idempotentcall_once")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
