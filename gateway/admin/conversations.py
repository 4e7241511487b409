"""Conversations as they were written; only the gateway writes them."""

from __future__ import annotations

from django.contrib import admin

from gateway.admin.shown import Private, Shown, ShownInline
from gateway.models import (
    Attachment,
    CustomerMessage,
    Dispatch,
    MessageReply,
    Participant,
    Route,
    SearchText,
    UnreadCounter,
)

ATTACHMENT = ("name", "content_type", "size", "state", "attempts", "due_at", "error")


class AttachmentInline(ShownInline):
    model = Attachment
    fields = ATTACHMENT


class ReplyInline(ShownInline):
    model = MessageReply
    fields = ("created_at", "direction", "channel", "sender_name", "reply", "filed_by")


class ParticipantInline(ShownInline):
    model = Participant
    fields = ("created_at", "generation")


class RouteInline(ShownInline):
    model = Route
    fields = ("address", "last_inbound_at", "last_outbound_at")


class DispatchInline(ShownInline):
    model = Dispatch
    fields = ("created_at", "delivery_id")


@admin.register(CustomerMessage)
class CustomerMessageAdmin(Private):
    """A conversation, with everything that belongs to it below."""

    def read_of(self, row: CustomerMessage) -> CustomerMessage:
        return row

    list_display = ("subject", "sender_name", "business", "channel", "status", "last_activity_at")
    list_filter = (
        "status",
        "channel",
        "is_spam",
        "is_automatic",
        "seal",
        "filed_by",
        ("deleted_at", admin.EmptyFieldListFilter),
        ("waiting_since", admin.EmptyFieldListFilter),
    )
    search_fields = ("=id", "subject", "sender_name", "sender_email", "sender_phone", "message")
    list_select_related = ("business",)
    inlines = (AttachmentInline, ReplyInline, ParticipantInline, RouteInline, DispatchInline)


@admin.register(MessageReply)
class MessageReplyAdmin(Private):
    """Every later message."""

    def read_of(self, row: MessageReply) -> CustomerMessage:
        return row.message

    list_display = ("message_id", "direction", "channel", "sender_name", "filed_by", "created_at")
    list_filter = ("direction", "channel", "written_via", "is_automatic", "by_partner", "filed_by")
    search_fields = ("=id", "=message__id", "reply", "sender_name", "from_address")
    inlines = (AttachmentInline, DispatchInline)


@admin.register(Attachment)
class AttachmentAdmin(Shown):
    """Every file, without its content: that is for the people of the conversation."""

    list_display = ("name", "content_type", "size", "state", "attempts", "created_at")
    list_filter = ("state", "content_type")
    search_fields = ("=id", "name", "=message__id", "=reply__id", "=held__id")
    fields = (*ATTACHMENT, "message", "reply", "held", "source_url", "created_at")


@admin.register(UnreadCounter)
class UnreadCounterAdmin(Shown):
    """The kept counters, by business and by listing."""

    list_display = ("business", "listing", "unread")
    search_fields = ("business__name", "business__slug")
    list_select_related = ("business", "listing")


@admin.register(SearchText)
class SearchTextAdmin(Private):
    """The words by which what was written is found."""

    def read_of(self, row: SearchText) -> CustomerMessage | None:
        return CustomerMessage.objects.filter(pk=row.message_id).first()

    list_display = ("id", "message_id", "business_id")
    search_fields = ("=id", "=message__id")
