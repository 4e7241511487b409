"""A conversation as the business sees it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from channels_out.state import State
from gateway.api.serializers.base import Shown
from gateway.copies import what_became_of
from gateway.links import whole_url
from gateway.models import (
    Attachment,
    Contact,
    ContactAddress,
    CopySent,
    CustomerMessage,
    MessageReply,
    Tag,
)
from gateway.models.listing import snapshot
from gateway.outbound.progress import hops_of, progress_of
from gateway.words import evidence_of, is_certain

# The replies of a conversation that are shown are read into this attribute: all, or the newest few.
SHOWN_REPLIES = "shown_replies"


class AttachmentShown(Shown):
    """A file that came with a message or went out with a reply; `url` is null while it is not here, for which `error`
    says why."""

    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ("id", "name", "content_type", "size", "state", "error", "url", "thumbnail_url")

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_url(self, attachment: Attachment) -> str | None:
        if not attachment.is_stored:
            return None
        path = reverse("gateway:attachment", args=[attachment.pk])
        return whole_url(path)

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_thumbnail_url(self, attachment: Attachment) -> str | None:
        if not (attachment.is_stored and attachment.thumbnail):
            return None
        return whole_url(reverse("gateway:thumbnail", args=[attachment.pk]))


class AddressShown(Shown):
    """One address of a customer on one channel."""

    channel = serializers.CharField(read_only=True, help_text="`email`, `sms` or `whatsapp`.")

    class Meta:
        model = ContactAddress
        fields = ("channel", "address", "bounced_at")


class ContactShown(Shown):
    """What the business knows of a customer."""

    addresses = AddressShown(many=True, read_only=True)

    class Meta:
        model = Contact
        fields = ("id", "name", "addresses", "blocked_at")


class TagShown(Shown):
    """A word by which a business sorts its conversations."""

    class Meta:
        model = Tag
        fields = ("id", "business", "name", "colour")


class ListingShown(Shown):
    """What the conversation is about; `id` is null once the listing is deleted."""

    id = serializers.PrimaryKeyRelatedField[Any](source="listing", read_only=True, allow_null=True)
    title = serializers.SerializerMethodField()

    class Meta:
        model = CustomerMessage
        fields = ("id", "title")

    def get_title(self, message: CustomerMessage) -> str:
        return str((snapshot(message.listing) or message.listing_snapshot).get("title", ""))

    def to_representation(self, message: CustomerMessage) -> Any:
        if message.listing_id is None and not message.listing_snapshot:
            return None
        return super().to_representation(message)


class ProgressShown(serializers.Serializer[Any]):
    """How far an answer is; `reason` and `next_step` are sentences for the owner."""

    state = serializers.ChoiceField(choices=State.choices)
    reason = serializers.CharField()
    next_step = serializers.CharField()


class HopShown(serializers.Serializer[Any]):
    """One way that an answer went before, and why it failed."""

    channel = serializers.CharField()
    is_template = serializers.BooleanField(help_text="Whether it went in a WhatsApp template.")
    reason = serializers.CharField()


class FiledShown(Shown):
    """How it was filed where it is: by what, the same as a sentence, and whether that was certain."""

    filed_by_words = serializers.SerializerMethodField(
        help_text="As the dashboard says it; empty for what was written in it or over REST."
    )
    filed_certain = serializers.SerializerMethodField(
        help_text="True where the evidence names the conversation or a person decided; false where"
        " `filed_note` says what speaks against it, and where a number names the business alone."
    )

    def get_filed_by_words(self, filed: CustomerMessage | MessageReply) -> str:
        return evidence_of(filed)

    def get_filed_certain(self, filed: CustomerMessage | MessageReply) -> bool:
        return is_certain(filed)


class CopyShown(serializers.Serializer[Any]):
    """Somebody on copy of a conversation; `problem` says why nothing is sent to him, or is empty."""

    address = serializers.EmailField()
    name = serializers.CharField()
    problem = serializers.CharField()


class CopiedShown(serializers.Serializer[Any]):
    """An address that an answer was copied to; `problem` says what became of it, empty while all is well."""

    address = serializers.EmailField()
    name = serializers.CharField()
    problem = serializers.SerializerMethodField()

    def get_problem(self, copied: CopySent) -> str:
        return what_became_of(copied)


class ReplyShown(FiledShown):
    """A later message of a conversation; `delivery` is null for what the customer or somebody on copy wrote."""

    by_partner = serializers.BooleanField(
        read_only=True, help_text="Written by somebody on copy, not by the customer."
    )
    copied_to = CopiedShown(
        source="copied", many=True, read_only=True, help_text="Who got a copy, as it was then."
    )
    attachments = AttachmentShown(many=True, read_only=True)
    stayed_back = serializers.SerializerMethodField(
        help_text="Files that did not go to the customer, as a private address of the business is in them."
    )
    delivery = serializers.SerializerMethodField()
    hops = serializers.SerializerMethodField(
        help_text="The ways it went before and on which it failed, the first one first."
    )

    class Meta:
        model = MessageReply
        fields = (
            "id",
            "reply",
            "direction",
            "channel",
            "sender",
            "sender_name",
            "from_address",
            "created_at",
            "filed_by",
            "filed_by_words",
            "filed_certain",
            "filed_note",
            "recovered_at",
            "quoted",
            "language",
            "is_automatic",
            "seal",
            "by_partner",
            "copied_to",
            "attachments",
            "stayed_back",
            "delivery",
            "hops",
        )

    @extend_schema_field(AttachmentShown(many=True))
    def get_stayed_back(self, reply: MessageReply) -> Any:
        files = [file for item in reply.stayed_back.all() for file in item.attachments.all()]
        return AttachmentShown(files, many=True).data

    @extend_schema_field(HopShown(many=True))
    def get_hops(self, reply: MessageReply) -> Any:
        return HopShown(hops_of(reply), many=True).data

    @extend_schema_field(ProgressShown(allow_null=True))
    def get_delivery(self, reply: MessageReply) -> Any:
        progress = progress_of(reply)
        return ProgressShown(progress).data if progress else None


class MessageShown(FiledShown):
    """A conversation: the customer's first message and what came after.

    In a list `replies` holds the newest few; `reply_count` says how many there are.
    """

    unread = serializers.BooleanField(read_only=True)
    contact = ContactShown(read_only=True)
    follows = serializers.UUIDField(
        source="follows_id",
        read_only=True,
        allow_null=True,
        help_text="The older conversation of the same customer that this one was opened after.",
    )
    reply_by = serializers.CharField(
        read_only=True, help_text="The channel the customer asked for."
    )
    listing = ListingShown(source="*", read_only=True, allow_null=True)
    tags = TagShown(many=True, read_only=True)
    copies = CopyShown(many=True, read_only=True, help_text="Who gets each answer by mail as well.")
    attachments = AttachmentShown(many=True, read_only=True)
    replies = serializers.SerializerMethodField()

    class Meta:
        model = CustomerMessage
        fields = (
            "id",
            "business",
            "recipient",
            "sender",
            "assigned_to",
            "contact",
            "listing",
            "channel",
            "subject",
            "message",
            "quoted",
            "sender_name",
            "sender_email",
            "sender_phone",
            "reply_by",
            "status",
            "unread",
            "is_archived",
            "is_spam",
            "is_automatic",
            "seal",
            "language",
            "filed_by",
            "filed_by_words",
            "filed_certain",
            "filed_note",
            "recovered_at",
            "follows",
            "created_at",
            "read_at",
            "last_reply_at",
            "last_activity_at",
            "waiting_since",
            "no_answer_at",
            "snoozed_until",
            "tags",
            "copies",
            "snippet",
            "attachments",
            "reply_count",
            "replies",
        )

    @extend_schema_field(ReplyShown(many=True))
    def get_replies(self, message: CustomerMessage) -> Any:
        in_order = sorted(
            getattr(message, SHOWN_REPLIES), key=lambda reply: (reply.created_at, reply.id)
        )
        return ReplyShown(in_order, many=True, context=self.context).data
