"""What was sent to an address so that a person shows that it is his own."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from channels_out.channel import Channel
from gateway.models.base import Row


class AddressProof(Row):
    """One mail with a link, or one text with a code, to an address that a person says is his.

    `code_hash` is what a text's code is checked by; a mail's link names this row.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=254)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0)
    is_over = models.BooleanField(
        default=False, help_text="The address was confirmed, given up, or asked about again."
    )

    class Meta:
        indexes = [
            models.Index(fields=["user", "created_at"], name="gateway_proof_of_user"),
            models.Index(fields=["address", "created_at"], name="gateway_proof_of_address"),
        ]

    def __str__(self) -> str:
        return self.address
