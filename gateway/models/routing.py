"""How what comes back finds its conversation: participants with tokens, routes between numbers, receipts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from gateway.models.base import Row
from gateway.models.business import Business, Membership
from gateway.models.contact import Contact
from gateway.models.conversation import CustomerMessage, MessageReply
from gateway.models.template import WhatsAppTemplate


class Participant(Row):
    """One side of one conversation: a member or the customer. His tokens are derived from this row.

    Raising `generation` ends every address and link he was given; the hashes are what they are found by.
    """

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, related_name="participants"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    generation = models.PositiveIntegerField(default=1)
    reply_hash = models.CharField(max_length=64, unique=True, editable=False)
    read_hash = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "message", "membership", name="gateway_participant_member_once"
            ),
            models.UniqueConstraint("message", "contact", name="gateway_participant_contact_once"),
            models.CheckConstraint(
                condition=Q(membership__isnull=True) ^ Q(contact__isnull=True),
                name="gateway_participant_one_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{'Owner' if self.membership_id else 'Customer'} of {self.message_id}"


class EndedAddress(Row):
    """A reply address that was given out and leads to no conversation any more, by the hash of its token.

    Mail to it is not mail to an address that never existed.
    """

    reply_hash = models.CharField(max_length=64, unique=True, editable=False)
    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    is_members = models.BooleanField(help_text="Given to a member; else to a customer.")

    class Meta:
        verbose_name_plural = "ended addresses"

    def __str__(self) -> str:
        return f"{'Member' if self.is_members else 'Customer'} of {self.business_id}"


class Route(Row):
    """What passes between our number and their address belongs to this conversation.

    Never released by time: a dormant one still names the business. On a shared number one pair may
    have served several conversations, one row each; the newest does not win by itself.
    """

    sender = models.ForeignKey("channels_out.Sender", on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=254, help_text="Theirs, exactly as the provider gave it.")
    normalized = models.CharField(max_length=254)
    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(CustomerMessage, on_delete=models.CASCADE, related_name="routes")
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_outbound_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("sender", "normalized", "message", name="gateway_route_once"),
        ]
        indexes = [
            models.Index("message", F("last_outbound_at").desc(), name="gateway_route_of_message"),
            models.Index(fields=["business", "normalized"], name="gateway_route_of_address"),
        ]

    def __str__(self) -> str:
        return f"{self.sender_id} and {self.address}"


class Pair(models.Model):
    """Our number and their address: the row that is locked while a text between them is filed."""

    sender = models.ForeignKey("channels_out.Sender", on_delete=models.CASCADE, related_name="+")
    normalized = models.CharField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint("sender", "normalized", name="gateway_pair_once")]

    def __str__(self) -> str:
        return f"{self.sender_id} and {self.normalized}"


class Dispatch(Row):
    """The link from a reply or a notification to the delivery that carries it."""

    delivery = models.OneToOneField(
        "channels_out.Delivery", on_delete=models.CASCADE, related_name="dispatch"
    )
    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, related_name="dispatches"
    )
    reply = models.ForeignKey(
        MessageReply, on_delete=models.CASCADE, null=True, blank=True, related_name="dispatches"
    )
    participant = models.ForeignKey(
        Participant,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Whom it goes to; he may answer it.",
    )
    is_replaced = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It failed, and what it carried went another way since.",
    )
    template = models.ForeignKey(
        WhatsAppTemplate,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="In which WhatsApp template it goes.",
    )

    class Meta:
        verbose_name_plural = "dispatches"

    def __str__(self) -> str:
        return f"Delivery {self.delivery_id} of {self.message_id}"

    @property
    def asks_first(self) -> bool:
        """Whether it is a template that asks the customer to write, and carries nothing of the answer."""
        return self.template is not None and not self.template.carries_answer
