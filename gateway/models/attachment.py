"""Files that came with a message or go out with a reply."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gateway.models.base import Row
from gateway.models.conversation import CustomerMessage, MessageReply
from gateway.models.held import HeldItem

# Pictures that a browser draws without running anything.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# The folder of the storage in which all files lie.
ATTACHMENTS = "attachments"


class AttachmentState(models.TextChoices):
    STORED = "stored", _("Stored")
    PENDING = "pending", _("Still at the provider")
    FAILED = "failed", _("Could not be fetched")


def storage_path(attachment: Attachment, filename: str) -> str:
    """A key of our own: no character of a stranger's file name reaches the storage."""
    return f"{ATTACHMENTS}/{attachment.id.hex[:4]}/{attachment.id.hex}"


def thumbnail_path(attachment: Attachment, filename: str) -> str:
    """Beside the file itself."""
    return f"{storage_path(attachment, filename)}.thumbnail"


class Attachment(Row):
    """One file. `name` is for showing and downloading only."""

    message = models.ForeignKey(
        CustomerMessage, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    reply = models.ForeignKey(
        MessageReply, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    held = models.ForeignKey(
        HeldItem, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=127, default="application/octet-stream")
    content_id = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    file = models.FileField(upload_to=storage_path, max_length=200, blank=True)
    state = models.CharField(
        max_length=10, choices=AttachmentState.choices, default=AttachmentState.STORED
    )
    source_url = models.URLField(
        max_length=1000, blank=True, help_text="Where the provider keeps it."
    )
    due_at = models.DateTimeField(null=True, blank=True, help_text="When to fetch it (again).")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    thumbnail = models.FileField(
        upload_to=thumbnail_path, max_length=200, blank=True, default="", db_default=""
    )
    thumbnail_due_at = models.DateTimeField(
        null=True, blank=True, help_text="When to make its thumbnail."
    )

    class Meta:
        ordering = ("position", "id")
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="pending"), name="gateway_attachment_due"
            ),
            models.Index(
                fields=["thumbnail_due_at"],
                condition=Q(thumbnail_due_at__isnull=False),
                name="gateway_attachment_thumbnails",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(message__isnull=False, reply__isnull=True, held__isnull=True)
                    | Q(message__isnull=True, reply__isnull=False, held__isnull=True)
                    | Q(message__isnull=True, reply__isnull=True, held__isnull=False)
                ),
                name="gateway_attachment_one_place",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_stored(self) -> bool:
        """Whether its bytes can be had here."""
        return self.state == AttachmentState.STORED and bool(self.file)

    @property
    def is_picture(self) -> bool:
        """Whether it may be shown inside a page; not where no thumbnail could be made of it."""
        is_whole = self.state == AttachmentState.STORED and not self.error
        return is_whole and self.content_type.lower() in PICTURES

    @property
    def can_be_fetched_again(self) -> bool:
        """Whether its provider may still have it, though it was given up."""
        return self.state == AttachmentState.FAILED and bool(self.source_url)
