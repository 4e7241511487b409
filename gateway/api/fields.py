"""What people type, made safe to store and to send on; and the keys and times of any host project."""

from __future__ import annotations

import base64
import re
from datetime import UTC
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from channels_out.channel import Channel
from gateway.addresses import is_email, is_phone, normalize
from gateway.conf import reply_domain
from gateway.text import LONGEST_TEXT, clean_text, one_line

LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the brackets


class Text(serializers.CharField):
    """Text of several lines."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_TEXT, **options})

    def to_internal_value(self, data: Any) -> str:
        text = self.cleaned(super().to_internal_value(data)).strip()
        if not text and not self.allow_blank:
            self.fail("blank")
        return text

    def cleaned(self, text: str) -> str:
        return clean_text(text)


class Line(Text):
    """Text of one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 255, **options})

    def cleaned(self, text: str) -> str:
        return one_line(text)


class EmailAddress(Line):
    """An address that mail can be sent to, and not one that leads back to the gateway."""

    default_error_messages = {
        "invalid": _("This is not an email address; write one such as maya@example.com."),
        "ours": _("This address belongs to the message gateway; give your own."),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": LONGEST_ADDRESS, **options})

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        if address and not (is_email(address) and address.isprintable()):
            self.fail("invalid")
        # An answer to it would come back to us, and count as a message from whoever owns that address.
        if address.lower().endswith(f"@{reply_domain().lower()}"):
            self.fail("ours")
        return address


class PhoneNumber(Line):
    """A phone number: E.164 where it can be read as one, else as it was written."""

    default_error_messages = {
        "invalid": _(
            "This is not a phone number; write it with country code, such as +44 20 7946 0123."
        )
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 40, **options})

    def to_internal_value(self, data: Any) -> str:
        written = super().to_internal_value(data)
        digits = re.sub(r"\D", "", written)
        if written and not (re.fullmatch(r"\+?[\d\s().\-/]+", written) and 5 <= len(digits) <= 17):
            self.fail("invalid")
        number = normalize(Channel.SMS, re.sub(r"^00", "+", written))
        return number if is_phone(number) else written


class Key(serializers.PrimaryKeyRelatedField[Model]):
    """The id of another row, of whatever type the host project's key is."""

    default_error_messages = {
        "incorrect_type": _("This is not an id."),
        "does_not_exist": "Unknown.",
    }

    def to_internal_value(self, data: Any) -> Any:
        try:
            key = cast(Any, self.get_queryset()).model._meta.pk.clean(data, None)
        except (ValidationError, TypeError, ValueError, OverflowError):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(key)


class Moment(serializers.DateTimeField):
    """ISO 8601 in UTC, whatever time zone and format the host project shows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"format": "iso-8601", "default_timezone": UTC, **options})


@extend_schema_field({"type": "string", "format": "byte"})
class Base64(serializers.CharField):
    """Bytes as base64 (RFC 4648 section 4); white space between is allowed."""

    default_error_messages = {"not_base64": _("This is not base64.")}

    def to_internal_value(self, data: Any) -> Any:
        compact = "".join(super().to_internal_value(data).split())
        try:
            return base64.b64decode(compact, validate=True)
        except ValueError:  # binascii.Error is one, and so is what is not ASCII
            self.fail("not_base64")
