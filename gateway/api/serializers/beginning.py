"""What a member says to begin a conversation with a customer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from channels_out.channel import PHONE_CHANNELS, Channel
from gateway.addresses import is_phone
from gateway.api.fields import EmailAddress, Key, Line, PhoneNumber, Text
from gateway.begin import ConsentSource
from gateway.inbound.messages import InboundForm
from gateway.models import Business, CustomerMessage, Membership

_listings = CustomerMessage._meta.get_field("listing").related_model._default_manager


class NewConversation(serializers.Serializer[Any]):
    """Somebody who phoned or asked to be written to, what he asked, and the first message to him."""

    business = Key(
        queryset=Business.objects.all(),
        required=False,
        allow_null=True,
        help_text="Only needed where the caller belongs to several.",
    )
    name = Line()
    reply_by = serializers.ChoiceField(
        [(Channel.EMAIL, "Email"), (Channel.SMS, "SMS"), (Channel.WHATSAPP, "WhatsApp")],
        help_text="On which the message goes out.",
    )
    email = EmailAddress(required=False, allow_blank=True, default="")
    phone = PhoneNumber(required=False, allow_blank=True, default="")
    consent = serializers.ChoiceField(
        ConsentSource.choices,
        required=False,
        allow_blank=True,
        default="",
        help_text="How the customer agreed to messages on the phone; SMS and WhatsApp need it.",
    )
    consent_words = Text(required=False, allow_blank=True, default="", max_length=500)
    listing = Key(queryset=_listings.all(), required=False, allow_null=True)
    asked = Text(help_text="What the customer asked; it opens the conversation.")
    reply = Text(help_text="The message to the customer.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["reply_by"] == Channel.EMAIL and not given["email"]:
            raise _error("email", "To write by email its address is needed.")
        if given["reply_by"] in PHONE_CHANNELS:
            if not is_phone(given["phone"]):
                raise _error("phone", "To write to a phone its number with country code is needed.")
            if not given["consent"]:
                raise _error("consent", "Say how the customer agreed to messages on the phone.")
        given["member"] = self._member(given.get("business"))
        listing = given.get("listing")
        if listing is not None and listing.business_id != given["member"].business_id:
            raise ValidationError({"listing": [ErrorDetail("Unknown.", "does_not_exist")]})
        return given

    def _member(self, business: Business | None) -> Membership:
        """Through which membership the caller writes."""
        members: list[Membership] = list(self.context["members"].values())
        if business is not None:
            members = [member for member in members if member.business_id == business.pk]
        if not members:
            raise ValidationError({"business": [ErrorDetail("Unknown.", "does_not_exist")]})
        if len(members) > 1:
            raise _error("business", "You belong to several businesses: name one.")
        return members[0]

    def taken(self) -> InboundForm:
        """What the door in takes."""
        given = self.validated_data
        return InboundForm(
            business=given["member"].business,
            taken_by=given["member"],
            sender_name=given["name"],
            sender_email=given["email"],
            sender_phone=given["phone"],
            subject="",
            text=given["asked"],
            listing=given.get("listing"),
            reply_by=given["reply_by"],
            consent=given["consent_words"] if given["consent"] else "",
            consent_source=given["consent"],
        )


def _error(field: str, detail: str) -> ValidationError:
    return ValidationError({field: [ErrorDetail(detail, "required")]})
