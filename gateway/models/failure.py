"""That an answer finally failed, until it has gone another way or its writer is told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gateway.models.base import Row
from gateway.models.conversation import MessageReply


class FailureOutcome(models.TextChoices):
    """What came of a failure."""

    ANOTHER_WAY = "another_way", _("Sent another way by itself")
    TOLD = "told", _("Its writer was told")
    OVER = "over", _("It arrived after all, or somebody sent it again")
    NOBODY = "nobody", _("Nobody is left to be told")


class Failure(Row):
    """One final failure of an answer on one channel. While it is open it is due; a reply has one open at a time.

    Without a constraint to the reply: code that does not know this table yet could not erase one.
    """

    reply = models.ForeignKey(
        MessageReply, on_delete=models.CASCADE, db_constraint=False, related_name="failures"
    )
    channel = models.CharField(max_length=10)
    due_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=FailureOutcome.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reply"],
                condition=Q(due_at__isnull=False),
                name="gateway_failure_open_once",
            ),
        ]
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="gateway_failure_due"),
        ]

    def __str__(self) -> str:
        return f"{self.reply_id} failed by {self.channel}"
