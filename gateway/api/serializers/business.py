"""What a member sends: an answer, a change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from gateway.api.fields import Base64, Key, Line, Moment, Text
from gateway.api.serializers.base import refuse_others
from gateway.assigning import assign, colleague
from gateway.copies import MOST_COPIES, CannotCopy, Partner, partner_of, set_copies
from gateway.inbound.messages import InboundFile
from gateway.models import CustomerMessage, Membership, MessageReply, Status
from gateway.models.listing import snapshot
from gateway.models.template import LONGEST_PLACE
from gateway.outbound.failures import failed_replies
from gateway.outbound.render_mail import LARGEST_ATTACHMENTS
from gateway.snooze import is_ahead
from gateway.states import needs_an_answer, needs_no_answer, set_status, snooze, unarchive
from gateway.tags import LONGEST_NAME, MOST_ON_ONE, CannotTag, set_tags
from gateway.text import LONGEST_TEXT

MOST_ATTACHMENTS = 10
LONGEST_COPY = 520  # characters: a name and an address
# https://www.twilio.com/docs/api/errors/21658
LONGEST_VARIABLE = 1600
UNKNOWN_TYPE = "application/octet-stream"
_PLACE = re.compile(rf"\w{{1,{LONGEST_PLACE}}}", re.ASCII)
_CONTENT_TYPE = r"[A-Za-z0-9][\w.+-]*/[\w.+-]+"  # RFC 6838 section 4.2, without parameters
_listings = CustomerMessage._meta.get_field("listing").related_model._default_manager


class FileSent(serializers.Serializer[Any]):
    """One file in JSON."""

    name = Line()
    content_type = serializers.RegexField(
        rf"^{_CONTENT_TYPE}$", max_length=127, required=False, default=UNKNOWN_TYPE
    )
    content = Base64()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, UploadedFile):  # a part of multipart/form-data
            return _uploaded(data)
        given = super().to_internal_value(data)
        return InboundFile(_file_name(given["name"]), given["content_type"], given["content"])


class InTemplate(serializers.Serializer[Any]):
    """In which WhatsApp template an answer goes."""

    template = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="A WhatsApp template of the business; then the channel is `whatsapp`.",
    )
    variables = serializers.DictField(
        child=Text(max_length=LONGEST_VARIABLE, allow_blank=True),
        required=False,
        default=dict,
        help_text="Values for places of the template, instead of those it is filled with.",
    )

    def validate_variables(self, variables: dict[str, str]) -> dict[str, str]:
        if not all(_PLACE.fullmatch(place) for place in variables):
            raise ValidationError("A place is named by letters and digits.", "invalid")
        return variables

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["variables"] and not given["template"]:
            raise ValidationError(
                {"variables": [ErrorDetail("They are for a template; name one.", "no_template")]}
            )
        return given


class Words(InTemplate):
    """A text, `attachments`, or both, and the way that they go.

    Without `channel` the gateway takes the one the customer asked for, else the one he used last.
    """

    reply = Text(required=False, allow_blank=True, default="")
    channel = Line(
        required=False,
        allow_blank=True,
        default="",
        max_length=20,
        help_text="`email`, `sms` or `whatsapp`.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not (given["reply"] or given["attachments"]):
            raise ValidationError(
                {"reply": [ErrorDetail(_("Write something, or attach a file."), "blank")]}
            )
        return super().validate(given)


class NewReply(Words):
    """An answer to the customer: a text, files, or both.

    Without `channel` the gateway takes the one the customer asked for, else the one he used last.
    As multipart/form-data the files are the parts named `attachments`.
    """

    suggestion = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="The suggestion it was made of; that one then says `used` or `edited`.",
    )
    copies = serializers.ListField(
        child=Line(max_length=LONGEST_COPY),
        required=False,
        default=None,
        max_length=MOST_COPIES,
        help_text="Who is on copy from now on, by email address; an empty list is nobody. Without it they stay.",
    )
    attachments = serializers.ListField(
        child=FileSent(), required=False, default=list, max_length=MOST_ATTACHMENTS
    )

    def validate_copies(self, copies: list[str] | None) -> tuple[Partner, ...] | None:
        return None if copies is None else tuple(partner_of(each) for each in copies)

    def validate_attachments(self, files: list[InboundFile]) -> list[InboundFile]:
        if sum(len(file.content) for file in files) > LARGEST_ATTACHMENTS:
            megabytes = LARGEST_ATTACHMENTS // 1_000_000
            words = _("Together these files are larger than %(most)d MB; send fewer, or a link.")
            raise ValidationError(words % {"most": megabytes}, "too_large")
        return files


class Moved(serializers.Serializer[Any]):
    """Which message is filed under which conversation."""

    reply = serializers.UUIDField(
        help_text="The message to move. The one that opened the conversation takes all along."
    )
    to = serializers.UUIDField(
        allow_null=True,
        help_text="The conversation of the same business that it belongs to; null for a new one.",
    )
    with_later = serializers.BooleanField(
        default=True,
        help_text="Whether what followed it moves along; what opened a conversation always takes it.",
    )


# What NewReply takes as a form; a serializer cannot be described in two ways.
REPLY_FORM = {
    "type": "object",
    "properties": {
        "reply": {"type": "string", "maxLength": LONGEST_TEXT},
        "channel": {"type": "string"},
        "template": {"type": "string", "format": "uuid"},
        "suggestion": {"type": "string", "format": "uuid"},
        "copies": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_COPIES},
        "attachments": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "maxItems": MOST_ATTACHMENTS,
        },
    },
}


class Written(serializers.Serializer[Any]):
    """One of the replies of a conversation."""

    reply = Key(
        queryset=MessageReply.objects.all(), help_text="What the customer wrote, by its id."
    )

    def validate_reply(self, reply: MessageReply) -> MessageReply:
        if reply.message_id != self.context["message"].pk:
            raise ValidationError("Unknown.", "does_not_exist")
        reply.message = self.context["message"]
        return reply


class Changes(serializers.Serializer[Any]):
    """What may be changed of a conversation by hand."""

    status = serializers.ChoiceField(Status.choices, required=False)
    is_spam = serializers.BooleanField(required=False)
    is_archived = serializers.BooleanField(required=False)
    listing = Key(queryset=_listings.all(), required=False, allow_null=True)
    assigned_to = Key(
        queryset=get_user_model()._default_manager.all(),
        required=False,
        allow_null=True,
        help_text="Who takes care of it, by the `user` of a member who may answer; null for nobody.",
    )
    snoozed_until = Moment(
        required=False,
        allow_null=True,
        help_text="Out of the inbox until then, within a year; null brings it back at once.",
    )
    no_answer_needed = serializers.BooleanField(
        required=False,
        help_text="Whether nothing that the customer has written until now needs an answer.",
    )
    tags = serializers.ListField(
        child=Line(max_length=LONGEST_NAME),
        required=False,
        max_length=MOST_ON_ONE,
        help_text="The names of all its tags; one that is new becomes a tag of the business.",
    )

    copies = serializers.ListField(
        child=Line(max_length=LONGEST_COPY),
        required=False,
        max_length=MOST_COPIES,
        help_text="Who is on copy from now on, by email address; an empty list is nobody.",
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_others(data, self.fields)
        return super().to_internal_value(data)

    def validate_listing(self, listing: Any) -> Any:
        if listing is not None and listing.business_id != self.context["member"].business_id:
            raise ValidationError("Unknown.", "does_not_exist")
        return listing

    def validate_assigned_to(self, user: Any) -> Membership | None:
        if user is None:
            return None
        member = colleague(business=self.context["member"].business_id, user=user)
        if member is None:
            raise ValidationError("Nobody who may answer at this business.", "does_not_exist")
        return member

    def validate_snoozed_until(self, at: datetime | None) -> datetime | None:
        if at is not None and not is_ahead(at):
            raise ValidationError("Name a time to come, within a year.", "not_ahead")
        return at

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        archived = given.get("is_archived")
        status = given.get("status")
        if None not in (archived, status) and archived != (status == Status.ARCHIVED):
            raise ValidationError(
                f"status {status} and is_archived {str(archived).lower()} contradict each other;"
                " name one of them.",
                "contradiction",
            )
        return given

    def apply(self, message: CustomerMessage) -> None:
        """Makes the changes to a locked conversation."""
        given = self.validated_data
        if "status" in given:
            set_status(message, given["status"])
        elif given.get("is_archived"):
            set_status(message, Status.ARCHIVED)
        elif "is_archived" in given:
            unarchive(message)
        if "is_spam" in given:
            message.is_spam = given["is_spam"]
        if "listing" in given:
            message.listing = given["listing"]
            message.listing_snapshot = snapshot(given["listing"])
        if "assigned_to" in given:
            assign(message, given["assigned_to"], self.context["member"])
        if "snoozed_until" in given:
            snooze(message, given["snoozed_until"])
        if "no_answer_needed" in given:
            _settle(message, needs_none=given["no_answer_needed"])
        self._apply_lists(message)

    def _apply_lists(self, message: CustomerMessage) -> None:
        given = self.validated_data
        if "tags" in given:
            _tag(message, given["tags"])
        if "copies" in given:
            _copy(message, given["copies"], self.context["member"])


def _settle(message: CustomerMessage, *, needs_none: bool) -> None:
    failed = failed_replies(message.pk)
    if needs_none:
        needs_no_answer(message, timezone.now(), failed)
    else:
        needs_an_answer(message, failed)


def _tag(message: CustomerMessage, names: list[str]) -> None:
    try:
        set_tags(message, names)
    except CannotTag as error:
        raise ValidationError({"tags": [ErrorDetail(str(error), "not_possible")]}) from error


def _copy(message: CustomerMessage, addresses: list[str], member: Membership) -> None:
    try:
        set_copies(message, map(partner_of, addresses), member)
    except CannotCopy as error:
        raise ValidationError({"copies": [ErrorDetail(str(error), "not_possible")]}) from error


def _uploaded(file: UploadedFile[bytes]) -> InboundFile:
    known = re.fullmatch(_CONTENT_TYPE, file.content_type or "")
    return InboundFile(
        _file_name(file.name or ""), known[0] if known else UNKNOWN_TYPE, file.read()
    )


def _file_name(given: str) -> str:
    """The last part of the name, without what cannot be seen: a direction mark could hide an ending."""
    last = re.split(r"[/\\]", given)[-1]
    return "".join(char for char in last if char.isprintable()).strip() or "attachment"
