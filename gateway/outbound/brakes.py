"""How much is sent by itself for one conversation, one sender and one sender's domain: loops end here.

Brakes limit what is sent, never what is filed. What they hold back is told later in one digest.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from django.db import models, transaction
from django.db.models import Exists, F
from django.utils import timezone

from gateway.conf import brake_limits
from gateway.metrics import count_held_back
from gateway.models import Business, CustomerMessage, Digest, Dispatch, Membership, MessageReply

BRAKE_TIME = timedelta(hours=1)
HELD_BACK = (
    "Many messages came in a short time. For now you are not told of each by mail; "
    "one mail will tell you of all within the hour."
)
log = logging.getLogger(__name__)


class Brake(models.TextChoices):
    """What the notifications are counted for."""

    CONVERSATION = "conversation", "One conversation"
    CONTACT = "contact", "One sender"
    DOMAIN = "domain", "One domain that senders write from"


def prompted_by(message: CustomerMessage, from_address: str) -> str:
    """For whom notifications are counted by domain: the business and the domain, "" without one."""
    domain = (from_address or message.sender_email).rpartition("@")[2].strip().lower()
    return f"{message.business_id.hex}:{domain}"[:255] if "." in domain else ""


def holding(message: CustomerMessage, member: Membership, prompt: str) -> Brake | None:
    """The brake that holds back what `member` would be told of now, in one statement.

    It is counted in what he was told: nothing more is written while all is well, and all workers
    see the same.
    """
    limits = brake_limits()
    told = Dispatch.objects.filter(
        participant__membership=member, created_at__gt=timezone.now() - BRAKE_TIME
    )
    counted = {
        Brake.CONVERSATION: told.filter(message=message),
        Brake.CONTACT: told.filter(message__contact=message.contact_id),
        Brake.DOMAIN: told.filter(prompted_by=prompt) if prompt else told.none(),
    }
    # That there is a row behind so many others.
    full = [Exists(rows[limits[brake] - 1 : limits[brake]]) for brake, rows in counted.items()]
    answers = Business.objects.filter(pk=message.business_id).values_list(*full).get()
    return next((brake for brake, is_full in zip(counted, answers, strict=True) if is_full), None)


def hold_back(
    message: CustomerMessage, reply: MessageReply | None, brake: Brake, prompt: str
) -> None:
    """Counts one message for the digest, and says so beside the first; in the transaction that filed it."""
    log.warning("The brake of one %s holds: contact %s", brake.value, message.contact_id)
    transaction.on_commit(partial(count_held_back, brake.value), robust=True)
    digest, is_first = Digest.objects.get_or_create(
        business_id=message.business_id,
        key=_key(message, brake, prompt),
        defaults={"message": message, "due_at": timezone.now() + BRAKE_TIME},
    )
    if not is_first:
        Digest.objects.filter(pk=digest.pk).update(held_back=F("held_back") + 1, message=message)
        return
    written = reply or message
    written.filed_note = f"{written.filed_note} {HELD_BACK}".strip()
    written.save(update_fields=["filed_note"])


def _key(message: CustomerMessage, brake: Brake, prompt: str) -> str:
    named = {
        Brake.CONVERSATION: message.pk.hex,
        Brake.CONTACT: message.contact_id.hex,
        Brake.DOMAIN: prompt.partition(":")[2],
    }
    return f"{brake.value}:{named[brake]}"[:255]
