"""What became of an answer moves the conversation it belongs to."""

from __future__ import annotations

import uuid
from typing import Any

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.state import State
from gateway.addresses import normalize
from gateway.models import ContactAddress, Dispatch
from gateway.states import answer_failed, change, inbox_changed


def delivery_moved(sender: Any, delivery: Delivery, previous_state: str, **_: Any) -> None:
    """Receives `delivery_changed`, inside the transaction that recorded it."""
    dispatch = Dispatch.objects.filter(delivery=delivery).select_related("message").first()
    if dispatch is None or dispatch.reply_id is None or delivery.purpose != "reply":
        return
    if delivery.state == State.FAILED:
        with change(dispatch.message_id) as message:
            answer_failed(message, failed_replies(message.pk))
    else:
        inbox_changed(dispatch.message.business_id)


def mail_came_back(sender: Any, delivery: Delivery, address: str, reason: str, **_: Any) -> None:
    """Receives `address_bounced`: the customer's address is not used again until something comes from it."""
    dispatch = Dispatch.objects.filter(
        delivery=delivery, participant__contact__isnull=False
    ).first()
    if dispatch is not None:
        known = ContactAddress.objects.filter(
            contact=dispatch.participant.contact_id,
            channel=Channel.EMAIL,
            normalized=normalize(Channel.EMAIL, address),
        )
        known.update(bounced_at=delivery.failed_at)


def failed_replies(message_id: uuid.UUID) -> set[uuid.UUID]:
    """The answers of a conversation of which a part did not arrive."""
    failed = Dispatch.objects.filter(
        message=message_id,
        reply__isnull=False,
        delivery__purpose="reply",
        delivery__state=State.FAILED,
    )
    return {pk for pk in failed.values_list("reply_id", flat=True) if pk}
