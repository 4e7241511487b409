"""What became of an answer moves the conversation it belongs to."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.state import State
from gateway.addresses import normalize
from gateway.models import ContactAddress, Dispatch
from gateway.outbound.progress import PURPOSE
from gateway.states import answers_moved, change, inbox_changed

NOT_ARRIVED = (State.FAILED, State.CANCELLED)


def delivery_moved(sender: Any, delivery: Delivery, previous_state: str, **_: Any) -> None:
    """Receives `delivery_changed`, inside the transaction that recorded it."""
    dispatch = Dispatch.objects.filter(delivery=delivery).select_related("message").first()
    if dispatch is None or dispatch.reply_id is None or delivery.purpose != PURPOSE:
        return
    if delivery.state in NOT_ARRIVED or previous_state in NOT_ARRIVED:
        with change(dispatch.message_id) as message:
            answers_moved(message, failed_replies(message.pk))
    else:
        inbox_changed(dispatch.message.business_id)


def mail_came_back(sender: Any, delivery: Delivery, address: str, reason: str, **_: Any) -> None:
    """Receives `address_bounced`: the customer's address is not used again until something comes from it."""
    dispatches = Dispatch.objects.filter(delivery=delivery, participant__contact__isnull=False)
    dispatch = dispatches.select_related("participant", "message").first()
    if dispatch is None or dispatch.participant is None:
        return
    known = ContactAddress.objects.filter(
        contact=dispatch.participant.contact_id,
        channel=Channel.EMAIL,
        normalized=normalize(Channel.EMAIL, address),
    )
    known.update(bounced_at=delivery.failed_at or timezone.now())
    inbox_changed(dispatch.message.business_id)


def failed_replies(message_id: uuid.UUID) -> set[uuid.UUID]:
    """The answers of a conversation of which a part did not arrive."""
    failed = Dispatch.objects.filter(
        message=message_id,
        reply__isnull=False,
        delivery__purpose=PURPOSE,
        delivery__state__in=NOT_ARRIVED,
    )
    return {pk for pk in failed.values_list("reply_id", flat=True) if pk}
