"""What a member typed into the reply box and has not sent."""

from __future__ import annotations

from django.db import models

from channels_out.channel import Channel
from gateway.models.base import Row
from gateway.models.business import Membership
from gateway.models.conversation import CustomerMessage


class Draft(Row):
    """The one unsent answer of a member in a conversation; nobody else sees it."""

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, db_constraint=False, related_name="drafts"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, db_constraint=False, related_name="drafts"
    )
    text = models.TextField()
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint("message", "membership", name="gateway_draft_once")]

    def __str__(self) -> str:
        return f"Draft in {self.message_id}"
