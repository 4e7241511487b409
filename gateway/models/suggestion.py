"""Answers that somebody proposes and a member may send: an agent is a program or a person that never sends itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from gateway.models.base import Row
from gateway.models.business import Membership
from gateway.models.conversation import CustomerMessage, MessageReply


class SuggestionState(models.TextChoices):
    OPEN = "open", _("Open")
    USED = "used", _("Sent as it was")
    EDITED = "edited", _("Sent with changes")
    DISMISSED = "dismissed", _("Dismissed")
    SUPERSEDED = "superseded", _("Superseded")


class Suggestion(Row):
    """One proposed answer to what a customer wrote, and what became of it."""

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="suggestions"
    )
    author = models.ForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
        help_text="Whose token it came with.",
    )
    author_name = models.CharField(max_length=255, help_text="As it was then.")
    text = models.TextField()
    state = models.CharField(
        max_length=10, choices=SuggestionState.choices, default=SuggestionState.OPEN
    )
    reply = models.ForeignKey(
        MessageReply,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
        help_text="The answer that was made of it.",
    )

    def __str__(self) -> str:
        return f"Suggestion in {self.message_id}"
