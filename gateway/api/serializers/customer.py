"""What a customer sends, and a conversation as the customer sees it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from channels_out.channel import Channel
from gateway.addresses import is_phone
from gateway.api.fields import EmailAddress, Key, Line, PhoneNumber, Text
from gateway.api.serializers.base import Shown
from gateway.api.serializers.conversation import ListingShown
from gateway.inbound.messages import InboundForm
from gateway.links import whole_url
from gateway.models import Attachment, Business, CustomerMessage, Membership, MessageReply
from gateway.own_opening import is_own_opening, own_subject

LONGEST_CONSENT = 5_000  # characters
_listings = CustomerMessage._meta.get_field("listing").related_model._default_manager


class NewMessage(serializers.Serializer[Any]):
    """A customer's message to a business, about a listing or in general.

    `recipient_id` is any member of the business. An email address or a phone number with country
    code is needed, or nobody could answer.
    """

    recipient_id = Key(queryset=get_user_model()._default_manager.all())
    listing_id = Key(queryset=_listings.all(), required=False, allow_null=True)
    business_id = Key(
        queryset=Business.objects.all(),
        required=False,
        allow_null=True,
        help_text="Only needed where the recipient belongs to several businesses.",
    )
    sender_name = Line()
    sender_email = EmailAddress(required=False, allow_blank=True, default="")
    sender_phone = PhoneNumber(required=False, allow_blank=True, default="")
    subject = Line()
    message = Text()
    reply_by = serializers.ChoiceField(
        [(Channel.EMAIL, "Email"), (Channel.SMS, "SMS"), (Channel.WHATSAPP, "WhatsApp")],
        required=False,
        allow_blank=True,
        default="",
        help_text="On which channel the customer would like the answer.",
    )
    consent = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONGEST_CONSENT,
        help_text="The words the customer agreed to, as they were shown.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        _refuse_unreachable(given)
        given["business"] = _business_of(given)
        return given

    def form(self, sender: Any) -> InboundForm:
        """What the door in takes; `sender` is who is logged in, or None."""
        given = self.validated_data
        return InboundForm(
            business=given["business"],
            recipient=given["recipient_id"],
            sender=sender,
            listing=given.get("listing_id"),
            text=given["message"],
            **{name: given[name] for name in _AS_GIVEN},
        )


_AS_GIVEN = ("sender_name", "sender_email", "sender_phone", "subject", "reply_by", "consent")


def _refuse_unreachable(given: dict[str, Any]) -> None:
    by_email, by_phone = bool(given["sender_email"]), is_phone(given["sender_phone"])
    if not (by_email or by_phone):
        raise _error(
            "sender_email",
            _(
                "Nobody could answer this: give an email address, or a phone number with country code."
            ),
            "unreachable",
        )
    if given["reply_by"] == Channel.EMAIL and not by_email:
        raise _error("sender_email", _("An answer by email needs an email address."), "unreachable")
    if given["reply_by"] in {Channel.SMS, Channel.WHATSAPP} and not by_phone:
        raise _error(
            "sender_phone",
            _("An answer to a phone needs its number with country code, such as +44 20 7946 0123."),
            "unreachable",
        )


def _business_of(given: dict[str, Any]) -> Business:
    """The one business of the recipient that fits what else was named; never a guess."""
    members = Membership.objects.filter(
        user=given["recipient_id"], is_active=True, user__is_active=True
    )
    businesses = [member.business for member in members.select_related("business")]
    if not businesses:
        raise _error("recipient_id", _("This person does not receive messages."), "does_not_exist")
    if given.get("business_id"):
        businesses = [one for one in businesses if one == given["business_id"]]
        if not businesses:
            raise _error("business_id", _("The recipient is not a member of it."), "does_not_fit")
    if given.get("listing_id"):
        businesses = [one for one in businesses if one.pk == given["listing_id"].business_id]
        if not businesses:
            raise _error(
                "listing_id", _("The recipient does not offer this listing."), "does_not_fit"
            )
    if len(businesses) > 1:
        raise _error(
            "business_id",
            _("The recipient belongs to several businesses: name one, or a listing."),
            "required",
        )
    return businesses[0]


def _error(field: str, detail: str, code: str) -> ValidationError:
    return ValidationError({field: [ErrorDetail(detail, code)]})


class MessageTaken(serializers.Serializer[Any]):
    """The conversation that was opened, and the signed link at which the customer follows it."""

    message_id = serializers.UUIDField()
    conversation_url = serializers.URLField()


class CustomerAttachment(Shown):
    """A file of the conversation."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ("id", "name", "content_type", "size", "url")

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_url(self, attachment: Attachment) -> str | None:
        if not attachment.is_stored:
            return None
        path = reverse("gateway:customer_file", args=[self.context["token"], attachment.pk])
        return whole_url(path)


class CustomerReply(Shown):
    """A later message, without what only the business sees: how it was filed, what was cut from it."""

    attachments = CustomerAttachment(many=True, read_only=True)

    class Meta:
        model = MessageReply
        fields = (
            "id",
            "reply",
            "direction",
            "channel",
            "sender",
            "sender_name",
            "created_at",
            "attachments",
        )


class CustomerConversation(Shown):
    """A conversation for the customer who began it."""

    business = serializers.StringRelatedField[Business](read_only=True)
    listing = ListingShown(source="*", read_only=True, allow_null=True)
    attachments = CustomerAttachment(many=True, read_only=True)
    replies = CustomerReply(many=True, read_only=True)

    class Meta:
        model = CustomerMessage
        fields = (
            "id",
            "business",
            "listing",
            "channel",
            "subject",
            "message",
            "sender_name",
            "created_at",
            "attachments",
            "replies",
        )

    def to_representation(self, message: CustomerMessage) -> dict[str, Any]:
        """Without a stranger's mail that opened it."""
        shown = super().to_representation(message)
        if not is_own_opening(message):
            shown |= {"subject": own_subject(message), "message": "", "attachments": []}
        return shown
