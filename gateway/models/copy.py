"""Who is on copy of a conversation, and who got a copy of which answer."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Suppression
from channels_out.suppression import EMAIL_SCOPE
from gateway.models.base import Row
from gateway.models.business import Membership
from gateway.models.conversation import CustomerMessage, MessageReply


class Copies(models.Manager["Copy"]):
    """Those on copy, each with whether he wants no mail of ours."""

    def get_queryset(self) -> QuerySet[Any]:
        stopped = Suppression.objects.filter(
            channel=Channel.EMAIL, scope=EMAIL_SCOPE, address=OuterRef("address"), lifted_at=None
        )
        return super().get_queryset().annotate(wants_no_mail=Exists(stopped))


class Copy(Row):
    """Somebody whom the business keeps on copy: each answer by mail goes to him as well, until he is taken off."""

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="copies"
    )
    address = models.CharField(max_length=254, help_text="In its normal form.")
    name = models.CharField(max_length=255, blank=True)
    added_by = models.ForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
    )
    bounced_at = models.DateTimeField(
        null=True, blank=True, help_text="When mail to it came back; none is sent there since."
    )
    objects = Copies()

    class Meta:
        verbose_name_plural = "copies"
        ordering = ("created_at", "id")
        constraints = [models.UniqueConstraint("message", "address", name="gateway_copy_once")]

    def __str__(self) -> str:
        return f"{self.address} in {self.message_id}"

    @property
    def called(self) -> str:
        """His name, else his address."""
        return self.name or self.address

    @property
    def problem(self) -> str:
        """Why nothing is sent to him, as a sentence, or nothing."""
        said = {"address": self.address}
        if self.bounced_at:
            return _("Mail to %(address)s came back.") % said
        if getattr(self, "wants_no_mail", False):  # the manager adds it
            return _("%(address)s does not want our mail any more.") % said
        return ""


class CopySent(Row):
    """That an answer went to somebody on copy, as it was then; `problem` is what was heard of it since.

    It is one of the outbox's words for a copy that failed.
    """

    reply = models.ForeignKey(
        MessageReply, on_delete=models.CASCADE, db_constraint=False, related_name="copied"
    )
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=255, blank=True, help_text="As it was then.")
    problem = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "copies sent"
        ordering = ("created_at", "id")
        constraints = [models.UniqueConstraint("reply", "address", name="gateway_copysent_once")]

    def __str__(self) -> str:
        return f"{self.address} of {self.reply_id}"
