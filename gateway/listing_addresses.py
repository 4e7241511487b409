"""Each listing has a public address of its own: what is sent there is about it."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from gateway.conf import reply_domain
from gateway.models import Business, CustomerMessage

LONGEST_LOCAL_PART = 64  # characters (RFC 5321 section 4.5.3.1.1)


def listing_address(listing: models.Model) -> str:
    """Where customers may write by mail about this listing: its business's address with the listing's key.

    Empty where the business's name in it leaves no room.
    """
    business: Business = listing.business  # type: ignore[attr-defined]  # the contract of listing models
    local = f"{business.slug}+{_code(listing.pk)}"
    return f"{local}@{reply_domain()}" if len(local) <= LONGEST_LOCAL_PART else ""


def listing_named(business: Business, code: str) -> models.Model | None:
    """The listing of this business that a code in an address names, or None."""
    model: Any = CustomerMessage._meta.get_field("listing").related_model
    try:
        key = model._meta.pk.to_python(_key(code))
        found: models.Model | None = model._default_manager.filter(
            pk=key, business=business
        ).first()
    except (ValidationError, ValueError, OverflowError):
        return None
    return found


def _code(key: Any) -> str:
    """As mail systems leave it alone: they fold case."""
    if isinstance(key, UUID):
        return base64.b32encode(key.bytes).decode().rstrip("=").lower()
    return str(key)


def _key(code: str) -> Any:
    """What `_code` was made of: 26 characters are a UUID."""
    if len(code) != 26:
        return code
    try:
        return UUID(bytes=base64.b32decode(f"{code.upper()}======"))
    except (binascii.Error, ValueError):
        return code
