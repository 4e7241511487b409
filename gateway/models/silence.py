"""An answer on WhatsApp, until something is heard of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gateway.models.base import Row
from gateway.models.conversation import MessageReply


class SilenceOutcome(models.TextChoices):
    """What came of the waiting."""

    HEARD = "heard", _("Something was heard of it")
    NUDGED = "nudged", _("The customer was sent a link to read it")
    TOLD = "told", _("Its writer was asked")
    NOBODY = "nobody", _("Nobody is left to be asked")


class Silence(Row):
    """That an answer went out by WhatsApp and is expected to reach a phone by `due_at`.

    `channel` is the one by which a link was sent. Without a constraint to the reply: code that does not
    know this table could not erase one.
    """

    reply = models.ForeignKey(
        MessageReply, on_delete=models.CASCADE, db_constraint=False, related_name="silences"
    )
    due_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=SilenceOutcome.choices, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("due_at", condition=Q(due_at__isnull=False), name="gateway_silence_due"),
        ]

    def __str__(self) -> str:
        return f"{self.reply_id} is not heard of"
