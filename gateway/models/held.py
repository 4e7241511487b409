"""What is stored and safe, but not filed or not relayed yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_out.channel import Channel
from gateway.models.base import Row
from gateway.models.business import Business, Membership
from gateway.models.conversation import CustomerMessage, MessageReply, Seal
from gateway.models.question import Question


class HeldReason(models.TextChoices):
    UNKNOWN_NUMBER = "unknown_number", _("The number it was sent to is none of ours")
    SHARED_NUMBER = (
        "shared_number",
        _("The number serves several businesses and it is not clear which is meant"),
    )
    UNKNOWN_ADDRESS = (
        "unknown_address",
        _("It came from an address that is not verified for the member it speaks for"),
    )
    NO_ACCESS = "no_access", _("The member it speaks for may not answer any more")
    NO_TOKEN = (
        "no_token",
        _("It answers our mail, but not to the reply address that only this member was given"),
    )
    MEMBER_WROTE = "member_wrote", _("A member wrote to an address that is for customers")
    OWN_ADDRESS = (
        "own_address",
        _("It was sent to the address that our mail comes from, which leads to no business"),
    )
    OTHERS_TOKEN = "others_token", _("It answers a notification that was written to a colleague")
    EXPIRED = "expired", _("It answers a conversation that has long been quiet, or is deleted")
    WELCOME = (
        "welcome",
        _("It answers the welcome mail, but not surely from the address that was invited"),
    )
    FAILED_DMARC = "failed_dmarc", _("The sender's domain says that it did not send this mail")
    NOT_REACHABLE = (
        "not_reachable",
        _("There is no channel on which the customer can be reached now"),
    )
    EMPTY = "empty", _("Nothing was left of the answer when the quoted mail was cut away")
    TOO_FAST = "too_fast", _("So many answers in a few minutes look as if a machine wrote them")
    UNREADABLE = "unreadable", _("The mail could not be read")
    ENCRYPTED = "encrypted", _("The answer is encrypted, and the customer could not read it")
    PRIVATE_FILE = "private_file", _("A private address of the business is in its files")


# Nothing of these is ever sent on: what is stored of them is for the member's own eyes.
NEVER_SENT = (HeldReason.EMPTY, HeldReason.UNREADABLE, HeldReason.ENCRYPTED)


class Settlement(models.TextChoices):
    SENT = "sent", _("Approved and sent")
    FILED = "filed", _("Filed under a conversation")
    ACCEPTED = "accepted", _("Address accepted")
    REFUSED = "refused", _("Refused")
    KEPT = "kept", _("Kept for the people of the business")


class HeldItem(Row):
    """Something a person must settle: an answer to relay (membership set), or a message to file.

    Without a business it waits for staff. With a `reply` it is settled: its files stayed back from that answer.
    """

    created_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="Since when its writer waits."
    )
    reason = models.CharField(max_length=20, choices=HeldReason.choices)
    detail = models.TextField(blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    business = models.ForeignKey(
        Business, on_delete=models.CASCADE, null=True, blank=True, related_name="held_items"
    )
    message = models.ForeignKey(
        CustomerMessage,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="held_items",
        help_text="The conversation it seems to belong to.",
    )
    membership = models.ForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="held_items",
        help_text="The member it claims to speak for.",
    )
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=255, blank=True)
    to_address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    language = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        help_text="What the text is written in, where that is known.",
    )
    seal = models.CharField(
        max_length=10, choices=Seal.choices, blank=True, default="", db_default=""
    )
    is_automatic = models.BooleanField(
        default=False, db_default=False, help_text="Written by a machine."
    )
    dmarc = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        help_text="What its domain says of the mail: pass, fail, or nothing.",
    )
    mail_id = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="The Message-ID of the mail, in whose thread its writer is told.",
    )
    event_id = models.UUIDField(
        null=True, blank=True, help_text="The journalled request it came with."
    )
    recovered_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was fetched from the provider, who had not handed it over; else null.",
    )
    answer_by = models.CharField(
        max_length=10,
        choices=Channel.choices,
        blank=True,
        default="",
        db_default="",
        help_text="The channel whose reply address it was sent to.",
    )
    question = models.ForeignKey(
        Question,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        related_name="held_items",
        help_text="Whose answer it waits for.",
    )
    asked_in = models.UUIDField(
        null=True,
        blank=True,
        help_text="The question that quotes it: an answer to that, and to no other, is about it.",
    )
    reply = models.ForeignKey(
        MessageReply,
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="stayed_back",
        help_text="The answer that went to the customer without its files.",
    )
    settlement = models.CharField(max_length=10, choices=Settlement.choices, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    members_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the people of its business were reminded."
    )
    staff_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When staff were reminded, the last of its clock."
    )

    writer_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When its writer was told that it was refused."
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(settlement="", staff_told_at=None),
                name="gateway_held_clock",
            ),
            models.Index(
                fields=["business", "-created_at"],
                condition=models.Q(settlement=""),
                name="gateway_held_open",
            ),
            models.Index(
                fields=["question"],
                condition=models.Q(question__isnull=False),
                name="gateway_held_question",
            ),
            models.Index(
                fields=["reply"],
                condition=models.Q(reply__isnull=False),
                name="gateway_held_reply",
            ),
        ]

    def __str__(self) -> str:
        return f"Held from {self.from_name or self.from_address}"

    @property
    def is_answer(self) -> bool:
        """Whether it is a member's answer that waits to be relayed; to whom, may be for a person to say."""
        return self.membership_id is not None and not self.is_welcome

    @property
    def is_members(self) -> bool:
        """Whether a member wrote it from his own address or phone, and not as an answer to our mail."""
        return self.reason == HeldReason.MEMBER_WROTE

    @property
    def is_forgeable(self) -> bool:
        """Whether it proves nothing of the address in its From: anybody may have written that there."""
        return self.is_automatic or self.dmarc == "fail"

    @property
    def is_welcome(self) -> bool:
        """Whether it only asks for an address to be accepted."""
        return self.reason == HeldReason.WELCOME


class Receipt(Row):
    """One inbound message that was taken in, by what makes it unique; a repeat gets the same answer.

    It outlives what it became: what was deleted since stays deleted.
    """

    key = models.CharField(max_length=200, unique=True)
    outcome = models.CharField(max_length=20)
    detail = models.TextField(blank=True)
    message = models.ForeignKey(
        CustomerMessage, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reply = models.ForeignKey(MessageReply, on_delete=models.SET_NULL, null=True, related_name="+")
    held = models.ForeignKey(HeldItem, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.outcome} {self.key}"
