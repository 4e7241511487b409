"""What waits for a person, and how he settles it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gateway.accept import why_not
from gateway.api.fields import Key, Line, Text
from gateway.api.serializers.base import Shown
from gateway.api.serializers.conversation import AttachmentShown
from gateway.models import Business, CustomerMessage, HeldItem
from gateway.refusal import LONGEST_WORDS


class HeldShown(Shown):
    """A held item; `reason` is a name, `why` the same in words."""

    why = serializers.CharField(source="get_reason_display", read_only=True)
    is_answer = serializers.BooleanField(
        read_only=True,
        help_text="A member's answer, to be sent: where `message` is null, to the one that you name."
        " Else a message, to be filed; an answer to the welcome mail is neither.",
    )
    may_accept_address = serializers.SerializerMethodField(
        help_text="Whether the caller may have what comes from `from_address` relayed from now on."
    )
    why_not_told = serializers.SerializerMethodField(
        help_text="Why its writer cannot be told when it is refused; empty where he can."
    )
    answer_by = serializers.CharField(
        read_only=True, help_text="By which channel its writer wants it sent; empty: as usual."
    )
    attachments = AttachmentShown(many=True, read_only=True)

    class Meta:
        model = HeldItem
        fields = (
            "id",
            "business",
            "message",
            "reason",
            "why",
            "detail",
            "is_answer",
            "may_accept_address",
            "why_not_told",
            "channel",
            "answer_by",
            "from_address",
            "from_name",
            "subject",
            "text",
            "quoted",
            "attachments",
            "created_at",
        )

    def get_may_accept_address(self, item: HeldItem) -> bool:
        member = self.context["members"].get(item.business_id)
        return member is not None and not why_not(item, member)

    def get_why_not_told(self, item: HeldItem) -> str:
        return str(self.context["why_not_told"][item.pk])


class HeldListShown(serializers.Serializer[Any]):
    """One page of what is held, the newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = HeldShown(many=True)


class OwnConversation(serializers.Serializer[Any]):
    """One that names a conversation of the held item's business."""

    def validate_message(self, message: CustomerMessage | None) -> CustomerMessage | None:
        if message is not None and message.business_id != self.context["business_id"]:
            raise serializers.ValidationError("Unknown.", "does_not_exist")
        return message


class Sending(OwnConversation):
    """How a held answer goes out."""

    channel = Line(
        required=False,
        allow_blank=True,
        default="",
        max_length=20,
        help_text="`email`, `sms` or `whatsapp`; without it `answer_by`, else as for any answer.",
    )
    message = Key(
        queryset=CustomerMessage.objects.filter(deleted_at=None),
        required=False,
        allow_null=True,
        default=None,
        help_text="To which conversation it goes, where the item names none.",
    )
    accept_address = serializers.BooleanField(
        default=False, help_text="Relay what comes from its address from now on."
    )


class Refusing(serializers.Serializer[Any]):
    """Whether the writer of a refused item is told."""

    tell = serializers.BooleanField(
        default=False,
        help_text="Send its writer one note by the same channel; only where `why_not_told` is empty.",
    )
    words = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONGEST_WORDS,
        help_text="What you say to him beside the reason.",
    )


class Filing(OwnConversation):
    """Where a held message belongs."""

    message = Key(
        queryset=CustomerMessage.objects.filter(deleted_at=None),
        allow_null=True,
        help_text="A conversation of the same business; null for a new one.",
    )
    business = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Business.objects.all(),
        required=False,
        default=None,
        help_text="Another business, as the part before @ of its address: only for what you yourself, a member,"
        " texted to a number of several businesses, with `message` null.",
    )
