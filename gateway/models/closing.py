"""What a member's mail program adds below every mail of his."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from gateway.models.base import Row
from gateway.models.business import Membership


class ClosingState(models.TextChoices):
    SUGGESTED = "suggested", _("He is asked whether customers may read it")
    APPROVED = "approved", _("Cut from what goes to customers")
    REFUSED = "refused", _("Stays; he is not asked again")


class ClosingBlock(Row):
    """A block with which a member's mails end: his signature, his phone, his private address."""

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, db_constraint=False, related_name="closing_blocks"
    )
    text = models.TextField(help_text="As it stood below his mails.")
    digest = models.CharField(
        max_length=64, editable=False, help_text="Of its lines, without case and blanks."
    )
    state = models.CharField(
        max_length=10, choices=ClosingState.choices, default=ClosingState.SUGGESTED
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("membership", "digest", name="gateway_closingblock_once")
        ]

    def __str__(self) -> str:
        return f"Below the mails of {self.membership}"
