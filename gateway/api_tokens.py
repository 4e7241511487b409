"""The tokens of a person for the REST API: made and shown once, named, and revoked."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from knox.models import get_token_model

from gateway.models import ApiToken

MOST = 50
# One write a minute says well enough when a token was used last.
USES_NOTED_EVERY = timedelta(minutes=1)


class TooMany(Exception):
    """A person has as many tokens as there can be; the message says what to do."""


def tokens_of(user: Any) -> QuerySet[ApiToken]:
    """A person's tokens that still open something, the newest first."""
    lasting = Q(token__expiry=None) | Q(token__expiry__gt=timezone.now())
    return (
        ApiToken.objects.filter(lasting, token__user=user).select_related("token").order_by("-pk")
    )


@transaction.atomic
def make_token(user: Any, name: str, *, reads_only: bool = False) -> str:
    """A new token, which is nowhere to be read again. Raises TooMany."""
    if tokens_of(user).count() >= MOST:
        raise TooMany(_("You have %(most)s tokens. Revoke one first.") % {"most": MOST})
    row, token = get_token_model().objects.create(user)
    ApiToken.objects.create(token=row, name=name, reads_only=reads_only)
    return str(token)


def revoke(user: Any, pk: uuid.UUID) -> str:
    """Ends a person's token at once; its name, or nothing where he has no such token."""
    found = ApiToken.objects.filter(token__user=user, pk=pk).select_related("token").first()
    if found is None:
        return ""
    found.token.delete()
    return found.name


def used(token: Any) -> bool:
    """Notes that a token, a row of knox, was used just now. Whether it may only read."""
    known = ApiToken.objects.filter(token=token).first()
    if known is None:
        return False
    now = timezone.now()
    if known.last_used_at is None or known.last_used_at < now - USES_NOTED_EVERY:
        ApiToken.objects.filter(pk=known.pk).update(last_used_at=now)
    return known.reads_only
