"""Tells the owner in one mail of what a brake held back."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from gateway.models import CustomerMessage, Digest, Dispatch, Participant
from gateway.outbound.render_mail import mail_on_held_back
from gateway.participants import email_of, members_of, message_id_of
from gateway.people import people_of

BATCH = 20


def send_due(limit: int = BATCH) -> int:
    """Puts the digests that are due in the outbox; how many were worked."""
    due = Digest.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    return sum(_send(pk, message) for pk, message in due.values_list("pk", "message")[:limit])


@transaction.atomic
def _send(pk: uuid.UUID, message_id: uuid.UUID) -> bool:
    # The conversation before its digest, as those who file lock them.
    messages = CustomerMessage.objects.select_for_update(of=("self",), no_key=True)
    message = messages.select_related("business", "contact").filter(pk=message_id).first()
    digest = Digest.objects.select_for_update().filter(pk=pk).first()
    if digest is None or digest.message_id != message_id:
        return False  # another worker's, or a newer message came at this moment
    if message is not None and not (message.is_spam or message.deleted_at):
        _tell(message, digest)
    digest.delete()
    return True


def _tell(message: CustomerMessage, digest: Digest) -> None:
    members = [
        each for each in people_of(message.business).to_notify(message) if email_of(each.user)
    ]
    Dispatch.objects.bulk_create(
        _notify(message, digest, side) for side in members_of(message, members)
    )


def _notify(message: CustomerMessage, digest: Digest, side: Participant) -> Dispatch:
    own_id = message_id_of(side)
    delivery = enqueue(
        channel=Channel.EMAIL,
        to_address=email_of(side.membership.user) if side.membership else "",
        rendered=mail_on_held_back(digest, message, own_id),
        purpose="notification",
        lane=f"{message.pk}:{side.membership_id}",
        on_doubt=OnDoubt.RESEND,
        message_id=own_id,
    )
    return Dispatch(delivery=delivery, message=message, participant=side)
