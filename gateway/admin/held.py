"""What was held, what was taken in, and which calls were made under a key."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.conversations import AttachmentInline
from gateway.admin.shown import Private, Shown
from gateway.models import HeldItem, IdempotentCall, Reading, Receipt


@admin.register(HeldItem)
class HeldItemAdmin(Private):
    """What waits, or waited, for a person; it is settled in the dashboard."""

    def read_of(self, row: HeldItem) -> HeldItem:
        return row

    list_display = ("from_address", "reason", "channel", "business", "settlement", "created_at")
    list_filter = (
        "reason",
        "channel",
        "settlement",
        ("business", admin.EmptyFieldListFilter),
    )
    search_fields = ("=id", "from_address", "from_name", "to_address", "subject", "text")
    list_select_related = ("business",)
    inlines = (AttachmentInline,)


@admin.register(Reading)
class ReadingAdmin(Shown):
    """Which staff read what is not of their own business."""

    list_display = ("reader_name", "business", "message_id", "held_id", "created_at")
    search_fields = ("=message__id", "=held__id", "reader_name")
    list_select_related = ("business",)


@admin.register(Receipt)
class ReceiptAdmin(Shown):
    """What makes each inbound message unique, and what it became."""

    list_display = ("key", "outcome", "detail", "created_at")
    list_filter = ("outcome",)
    search_fields = ("key", "=message__id", "=reply__id", "=held__id")


@admin.register(IdempotentCall)
class IdempotentCallAdmin(Shown):
    """First answers to calls that named an Idempotency-Key."""

    list_display = ("caller", "key", "status_code", "created_at")
    list_filter = ("status_code",)
    search_fields = ("caller", "key")
