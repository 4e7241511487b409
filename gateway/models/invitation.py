"""Who was asked by mail to become one of a business's people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from channels_out.models import Delivery
from channels_out.state import State
from gateway.models.base import Row
from gateway.models.business import Business, Role


class Invitation(Row):
    """One mail with a link that works once; it ends by being accepted, withdrawn or sent again, or with time.

    `address` is the one it went to, normalised: whoever holds the link has shown that it is his.
    """

    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, db_constraint=False, related_name="invitations"
    )
    address = models.CharField(max_length=254)
    role = models.CharField(max_length=10, choices=Role.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    invited_by_name = models.CharField(max_length=255, help_text="As it was then.")
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    delivery = models.OneToOneField(
        Delivery, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="+"
    )
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(
                "business",
                "address",
                condition=Q(ended_at=None),
                name="gateway_invitation_open_once",
            ),
        ]
        indexes = [models.Index(fields=["business", "created_at"], name="gateway_invitation_day")]

    def __str__(self) -> str:
        return f"{self.address} to {self.business_id}"

    @property
    def is_open(self) -> bool:
        """Whether its link still works."""
        return self.ended_at is None and not self.has_expired

    @property
    def has_expired(self) -> bool:
        """Whether nobody has used it in time."""
        return self.expires_at <= timezone.now()

    @property
    def did_not_arrive(self) -> bool:
        """Whether its mail failed for good."""
        return self.delivery is not None and self.delivery.state == State.FAILED
