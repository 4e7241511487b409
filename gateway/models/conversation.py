"""A conversation: the message that opened it and every later one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from channels_out.channel import Channel
from gateway.conf import listing_model
from gateway.models.base import new_id
from gateway.models.business import Business
from gateway.models.contact import Contact


class Status(models.TextChoices):
    UNREAD = "unread", "Unread"
    READ = "read", "Read"
    REPLIED = "replied", "Replied"
    ARCHIVED = "archived", "Archived"


class Direction(models.TextChoices):
    INBOUND = "inbound", "From the customer"
    OUTBOUND = "outbound", "To the customer"


class Filed(models.Model):
    """What was written, and the evidence that filed it where it is."""

    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.WEB)
    quoted = models.TextField(
        blank=True, help_text="What was cut from the text: quoted mail, signature."
    )
    language = models.CharField(max_length=12, blank=True)
    is_automatic = models.BooleanField(
        default=False, help_text="Written by a machine; never relayed or answered."
    )
    filed_by = models.CharField(max_length=30, blank=True, help_text="The step that decided.")
    filed_note = models.TextField(blank=True, help_text="What was not certain, in plain words.")

    class Meta:
        abstract = True


class CustomerMessage(Filed):
    """A customer's first message to a business; it opens a conversation and stands for it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="messages")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="received_messages",
        help_text="Business owner receiving the message.",
    )
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sent_messages",
        help_text="Customer sending the message (null if anonymous).",
    )
    listing = models.ForeignKey(
        listing_model(),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="customer_messages",
        help_text="What it is about (null for a general inquiry).",
    )
    listing_snapshot = models.JSONField(
        default=dict, blank=True, help_text="The listing as it was then."
    )

    subject = models.CharField(max_length=255)
    message = models.TextField()
    sender_name = models.CharField(max_length=255, blank=True)
    sender_email = models.EmailField(blank=True)
    # A WhatsApp user id is `US.` and up to 128 characters (Twilio, business-scoped user ids).
    sender_phone = models.CharField(max_length=140, blank=True)
    reply_by = models.CharField(
        max_length=10, choices=Channel.choices, blank=True, help_text="The customer's wish."
    )
    context = models.JSONField(
        default=dict, blank=True, help_text="Whatever the form or an agent adds."
    )

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.UNREAD)
    is_archived = models.BooleanField(default=False)
    is_spam = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    last_reply_at = models.DateTimeField(null=True, blank=True)
    last_activity_at = models.DateTimeField(
        help_text="When either side last wrote; lists are ordered by it."
    )
    waiting_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when the customer waits for an answer; null when nobody waits.",
    )
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="In the trash since; restorable for 30 days."
    )
    snippet = models.CharField(max_length=160, blank=True, help_text="The newest words, for lists.")
    reply_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=["recipient", "-created_at"]),
            models.Index(fields=["status"]),
            models.Index(fields=["listing", "recipient"]),
            models.Index(
                "business",
                F("last_activity_at").desc(),
                F("id").desc(),
                name="gateway_message_inbox",
            ),
            models.Index(
                "business",
                F("last_activity_at").desc(),
                F("id").desc(),
                condition=Q(waiting_since__isnull=False),
                name="gateway_message_waiting",
            ),
            models.Index(
                "contact", F("last_activity_at").desc(), name="gateway_message_of_contact"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=Status.ARCHIVED, is_archived=True)
                | (~Q(status=Status.ARCHIVED) & Q(is_archived=False)),
                name="gateway_message_archived_agrees",
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="gateway_message_status_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="gateway_message_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Message from {self.sender_name} to {self.recipient}"

    @property
    def unread(self) -> bool:
        """Whether it counts as unread: not in the archive, the spam folder or the trash."""
        return self.status == Status.UNREAD and not (
            self.is_archived or self.is_spam or self.deleted_at
        )

    def mark_as_read(self) -> None:
        """An unread message becomes read now, and the counters follow; any other stays as it is."""
        from gateway.states import mark_as_read

        mark_as_read(self)


class MessageReply(Filed):
    """A later message of a conversation: the owner's answer, or what the customer wrote back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(CustomerMessage, on_delete=models.CASCADE, related_name="replies")
    direction = models.CharField(max_length=10, choices=Direction.choices)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="message_replies",
        help_text="Who of the business answered; null for what the customer wrote.",
    )
    sender_name = models.CharField(max_length=255, blank=True, help_text="As it was then.")
    from_address = models.CharField(
        max_length=254, blank=True, help_text="The address it was written from."
    )
    written_via = models.CharField(
        max_length=10,
        choices=[
            ("dashboard", "Dashboard"),
            ("api", "REST"),
            ("email", "Email reply"),
            ("phone", "Phone"),
        ],
        blank=True,
        help_text="How the owner answered.",
    )
    reply = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "message replies"
        ordering = ("created_at", "id")
        indexes = [
            models.Index(fields=["message", "created_at", "id"], name="gateway_reply_in_order")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction=Direction.OUTBOUND) | Q(sender__isnull=True),
                name="gateway_reply_inbound_no_user",
            ),
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="gateway_reply_direction_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="gateway_reply_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Reply to message {self.message_id}"


class UnreadCounter(models.Model):
    """Unread conversations, kept in the writing transaction: one row a business (listing null) and one a listing."""

    business = models.ForeignKey(Business, on_delete=models.CASCADE, related_name="unread_counters")
    listing = models.ForeignKey(
        listing_model(), on_delete=models.CASCADE, null=True, related_name="+"
    )
    unread = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "business", condition=Q(listing=None), name="gateway_unread_business_once"
            ),
            models.UniqueConstraint("business", "listing", name="gateway_unread_listing_once"),
            models.CheckConstraint(condition=Q(unread__gte=0), name="gateway_unread_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.unread} unread"
