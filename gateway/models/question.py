"""What a customer on a shared number was asked: for whom is what he wrote?"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_out.models import Delivery, Sender
from channels_out.state import State
from gateway.conf import listing_model
from gateway.models.base import Row
from gateway.models.business import Business
from gateway.models.conversation import CustomerMessage


class Kind(models.TextChoices):
    TOPIC = "topic", _("Which conversation")
    BUSINESS = "business", _("Which business")
    UNKNOWN = "unknown", _("Nothing is known of the writer")


class Unasked(models.TextChoices):
    """Why a writer whom no business knows was not asked."""

    SPENT = "spent", _("So many unknown numbers were asked today that its writer was not")
    ABROAD = "abroad", _("Its writer was not asked: unknown numbers of his country are not texted")


def _loose(to: Any, **options: Any) -> Any:
    """A reference that lets code of before delete what it points at; Django deletes or clears along."""
    return models.ForeignKey(to, db_constraint=False, related_name="+", **options)


class Question(Row):
    """One question to one address from one number of ours; what it is about is held until it is answered.

    It is about those of the texts held for it that name it (`HeldItem.asked_in`). Living until `settled_at`,
    and a pair has one living question at most. `asked_at` is null where the customer may not be asked, and
    `unasked` says why where no business knows him. It waits until `due_at`; at `expired_at` the
    customer got a link instead.
    """

    sender = _loose(Sender, on_delete=models.CASCADE)
    normalized = models.CharField(max_length=254)
    address = models.CharField(max_length=254, help_text="Theirs, exactly as the provider gave it.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    language = models.CharField(max_length=12)
    delivery = _loose(Delivery, on_delete=models.SET_NULL, null=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    unasked = models.CharField(
        max_length=10, choices=Unasked.choices, blank=True, default="", db_default=""
    )
    due_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    chosen = _loose(CustomerMessage, on_delete=models.SET_NULL, null=True)
    answer = models.CharField(max_length=255, blank=True, help_text="What the customer answered.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "sender",
                "normalized",
                condition=Q(settled_at=None),
                name="gateway_question_living_once",
            )
        ]
        indexes = [
            models.Index("sender", "normalized", "created_at", name="gateway_question_of_pair"),
            models.Index("due_at", condition=Q(due_at__isnull=False), name="gateway_question_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.address}"

    @property
    def is_open(self) -> bool:
        """Whether a text may answer it: it truly went out, and neither time nor an answer ended it."""
        if self.delivery is None or self.expired_at or self.settled_at:
            return False
        return self.delivery.state in WENT_OUT


# In doubt is among them: who answers has read it.
WENT_OUT = (State.SENDING, State.SENT, State.DELIVERED, State.READ, State.IN_DOUBT)


class Option(models.Model):
    """One possible answer: a conversation, a business (a new conversation), or neither: somebody else."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="options")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    business = _loose(Business, on_delete=models.CASCADE, null=True)
    message = _loose(CustomerMessage, on_delete=models.SET_NULL, null=True)
    stands_for_several = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Conversations that the customer cannot tell apart; `message` is the one used last.",
    )

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint("question", "number", name="gateway_option_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class StrangersAsked(Row):
    """How often one number of ours asked writers whom no business knows on one day."""

    sender = _loose(Sender, on_delete=models.CASCADE)
    day = models.DateField()
    asked = models.PositiveIntegerField(default=0)
    staff_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When staff learned that no more are asked that day."
    )

    class Meta:
        verbose_name_plural = "strangers asked"
        constraints = [
            models.UniqueConstraint("sender", "day", name="gateway_strangers_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.asked} on {self.day}"


class ListingCode(models.Model):
    """The short code by which a text names a listing, as a link or a QR code prefills it."""

    listing = models.OneToOneField(
        listing_model(), on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    code = models.CharField(max_length=8, unique=True)

    def __str__(self) -> str:
        return f"#{self.code}"
