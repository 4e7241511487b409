"""A conversation: the message that opened it and every later one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_out.channel import Channel
from gateway.conf import listing_model
from gateway.models.base import new_id
from gateway.models.business import Business
from gateway.models.contact import Contact


class Status(models.TextChoices):
    UNREAD = "unread", _("Unread")
    READ = "read", _("Read")
    REPLIED = "replied", _("Replied")
    ARCHIVED = "archived", _("Archived")


class Direction(models.TextChoices):
    INBOUND = "inbound", _("From the customer")
    OUTBOUND = "outbound", _("To the customer")


class Seal(models.TextChoices):
    """What a mail program put around a mail, in the words for its reader."""

    SIGNED = (
        "signed",
        _("It was signed by its writer's mail program; the signature was not checked."),
    )
    ENCRYPTED = (
        "encrypted",
        _(
            "It is encrypted, and only a mail program with the right key opens it. "
            "Ask the writer to send it again without encryption."
        ),
    )


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
    asks_nothing = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Nothing but a keyword, such as STOP: nobody waits for an answer to it.",
    )
    seal = models.CharField(
        max_length=10, choices=Seal.choices, blank=True, default="", db_default=""
    )
    mail_id = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="The Message-ID of the mail, in whose thread it is answered.",
    )
    filed_by = models.CharField(max_length=30, blank=True, help_text="The step that decided.")
    filed_note = models.TextField(blank=True, help_text="What was not certain, in plain words.")
    recovered_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was fetched from the provider, who had not handed it over; else null.",
    )

    class Meta:
        abstract = True


def _list_of(name: str, *columns: str, condition: Q | None = None) -> models.Index:
    newest_first = (F("last_activity_at").desc(), F("id").desc())
    return models.Index(
        *columns, *newest_first, name=f"gateway_message_{name}", condition=condition
    )


_LIVING = Q(deleted_at=None)
_KEPT = _LIVING & Q(is_spam=False)
_SNOOZED = Q(snoozed_until__isnull=False)
# Each folder and each filter of the inbox is read from its own index, which holds nothing else.
LISTS = (
    _list_of("inbox", "business"),
    _list_of("open", "business", condition=_KEPT & Q(is_archived=False)),
    _list_of("unread", "business", condition=_KEPT & Q(status=Status.UNREAD)),
    _list_of("waits", "business", condition=_KEPT & Q(waiting_since__isnull=False)),
    _list_of("failed", "business", condition=_KEPT & Q(has_failed=True)),
    _list_of("spam", "business", condition=_LIVING & Q(is_spam=True)),
    _list_of("trash", "business", condition=Q(deleted_at__isnull=False)),
    _list_of("by_status", "business", "status", condition=_LIVING),
    _list_of("by_channel", "business", "channel", condition=_LIVING),
    _list_of("by_listing", "listing", condition=_LIVING & Q(listing__isnull=False)),
    _list_of("snoozed", "business", condition=_SNOOZED),
    _list_of("assigned", "assigned_to", "business", condition=Q(assigned_to__isnull=False)),
)


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
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="Which of the business's people takes care of it; null for whoever comes first.",
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
    # Found by the customer's other conversations, so it needs no index; what it names may be erased.
    follows = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The conversation of the same customer in whose place, or beside which, this was opened.",
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="merged",
        help_text="The conversation that all of this one was joined to; then it is in the trash, but to stay.",
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
    no_answer_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Nothing written until then needs an answer, a member said.",
    )
    snoozed_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Out of the inbox until then; null for what is archived, spam or in the trash.",
    )
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="In the trash since; restorable for 30 days."
    )
    snippet = models.CharField(max_length=160, blank=True, help_text="The newest words, for lists.")
    reply_count = models.PositiveIntegerField(default=0)
    has_failed = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The newest answer did not arrive, or one waits for a person's word.",
    )

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(fields=["recipient", "-created_at"]),
            models.Index(fields=["status"]),
            models.Index(fields=["listing", "recipient"]),
            *LISTS,
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="gateway_message_merged",
            ),
            models.Index(
                fields=["snoozed_until"], condition=_SNOOZED, name="gateway_message_wakes"
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
    def is_last_from_us(self) -> bool:
        """Whether the newest words, which lists show, are an answer."""
        return self.last_reply_at is not None and self.last_reply_at == self.last_activity_at

    @property
    def unread(self) -> bool:
        """Whether it counts as unread: not snoozed, in the archive, the spam folder or the trash."""
        return self.status == Status.UNREAD and self.is_open and self.snoozed_until is None

    @property
    def is_open(self) -> bool:
        """Whether it goes on: not in the archive, the spam folder or the trash."""
        return not (self.deleted_at or self.is_archived or self.is_spam)

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
            ("email", _("Email reply")),
            ("phone", _("Phone")),
            ("text", _("Text message")),
            ("button", _("Button in a mail")),
        ],
        blank=True,
        help_text="How the owner answered.",
    )
    by_partner = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Written by somebody whom the business keeps on copy, not by the customer.",
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
