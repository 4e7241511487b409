"""What became of an answer moves the conversation it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.questions import Question
from channels_out.signals import Change
from channels_out.state import State
from gateway.addresses import normalize
from gateway.models import ContactAddress, Dispatch
from gateway.outbound.failures import NOT_ARRIVED, has_failed, look_again, note_failures
from gateway.outbound.progress import PURPOSE
from gateway.states import inboxes_changed, lock
from gateway.telling.anew import texts_failed

WORTH_A_LOOK = (*NOT_ARRIVED, State.IN_DOUBT)


def deliveries_moved(sender: Any, changes: list[Change], **_: Any) -> None:
    """Receives `deliveries_changed`, inside the transaction that recorded them.

    Rows are locked in the order of all the gateway: conversations, what is to be told, then businesses.
    """
    answers = [each for each in changes if each.purpose == PURPOSE]
    if worth_a_look := {each.delivery_id: each for each in answers if _turned(each, WORTH_A_LOOK)}:
        _look_at(worth_a_look)
    texts_failed(changes)
    inboxes_changed(_businesses_of(answers))


def _look_at(changes: dict[UUID, Change]) -> None:
    """Whether each conversation is still answered, and who is to be told that it is not."""
    rows = _dispatches(changes).values_list("delivery_id", "message_id", "reply_id")
    moved = [(changes[delivery], message, reply) for delivery, message, reply in rows]
    turned = {message for change, message, _ in moved if _turned(change, NOT_ARRIVED)}
    locked = lock(message for _, message, _ in moved)
    # What was joined to another conversation meanwhile is a part of that now.
    joined = {message.merged_into_id for message in locked if message.merged_into_id}
    turned |= joined
    if joined:
        locked = lock({message.pk for message in locked if not message.merged_into_id} | joined)
    for message in locked:
        if message.pk in turned:
            look_again(message)
        else:
            message.has_failed = has_failed(message)
        message.save()
    note_failures({reply: change for change, _, reply in moved if _wants_somebody(change)})


def _businesses_of(answers: list[Change]) -> set[UUID]:
    businesses: set[UUID] = BUSINESSES.ask([each.delivery_id for each in answers]).column()
    return businesses


def _dispatches(delivery_ids: Iterable[UUID]) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(Among("delivery", delivery_ids), reply__isnull=False)


BUSINESSES = Question(
    lambda ids: _dispatches(ids).order_by().values_list("message__business_id").distinct(),
    [UUID(int=1)],
)


def mail_came_back(sender: Any, delivery: Delivery, address: str, reason: str, **_: Any) -> None:
    """Receives `address_bounced`: the customer's address is not used again until something comes from it.

    Open pages learn of it when the delivery moves, by the same report.
    """
    dispatches = Dispatch.objects.filter(delivery=delivery, participant__contact__isnull=False)
    contact = dispatches.values_list("participant__contact", flat=True).first()
    if contact is None:
        return
    known = ContactAddress.objects.filter(
        contact=contact,
        channel=Channel.EMAIL,
        normalized=normalize(Channel.EMAIL, address),
    )
    known.update(bounced_at=delivery.failed_at or timezone.now())


def _turned(change: Change, states: tuple[State, ...]) -> bool:
    return change.state in states or change.previous_state in states


def _wants_somebody(change: Change) -> bool:
    """Whether it has just failed for good, or nobody but a person can say whether it went out."""
    if change.waits_for_a_person:
        return True
    return change.state == State.FAILED and change.previous_state != State.FAILED
