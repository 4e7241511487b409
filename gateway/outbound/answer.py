"""The door out: every answer to a customer passes here, whatever the owner wrote it with.

It knows neither HTTP nor providers. One transaction makes the reply, moves the state and the
counters, notes the route and puts the rendered message in the outbox.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import enqueue
from gateway.action_links import without_action_links
from gateway.copies import CannotCopy, Partner, copy_to, set_copies
from gateway.files import attach
from gateway.models import (
    Attachment,
    CustomerMessage,
    Direction,
    Dispatch,
    Membership,
    MessageReply,
)
from gateway.outbound.by_phone import terms_of, texts_to_phone
from gateway.outbound.failures import waits_for_a_word
from gateway.outbound.limits import OverBudget
from gateway.outbound.render_mail import mail_to_customer, mail_when_away
from gateway.outbound.ways import Draft, NotReachable, Way, choose, ways_to
from gateway.participants import customer_of, message_id_of, name_of
from gateway.routes import lane_of, lock_pair
from gateway.search.rows import note
from gateway.states import change, machine_wrote, owner_answered
from gateway.suggestions import became


class MayNotAnswer(Exception):
    """This person may not write to the customers of this business."""


@dataclass(frozen=True)
class Answer:
    """What a member answers. `channel` is his choice, empty to let the gateway choose.

    `template` is the WhatsApp template he wants, with values of his own for its places. It goes out
    after `wait`, until when he may take it back. One that the gateway writes by itself (`is_automatic`)
    has no author and counts as no answer. `suggestion` is what its author made it of. `copies` are those
    to be on copy from now on; None leaves them as they are.
    """

    message_id: uuid.UUID
    author: Membership | None
    text: str
    channel: str = ""
    written_via: str = ""
    quoted: str = ""
    from_address: str = ""
    filed_by: str = ""
    filed_note: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    wait: timedelta = timedelta()
    template: uuid.UUID | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    is_automatic: bool = False
    suggestion: uuid.UUID | None = None
    copies: tuple[Partner, ...] | None = None


@transaction.atomic
def post_reply(answer: Answer) -> MessageReply:
    """Sends a member's answer to the customer, or one of the gateway itself.

    Raises NotReachable when the channel cannot be used, MayNotAnswer without access, CannotCopy, and
    CustomerMessage.DoesNotExist.
    """
    if not answer.is_automatic and not (answer.author and answer.author.may_answer):
        raise MayNotAnswer(_("Only a member with the right to answer may write to customers."))
    way = locked_way(lambda: _choose(answer))
    with change(answer.message_id) as message:
        _put_on_copy(message, answer, way)
        reply = _make(message, answer, way)
        attach(answer.attachments, reply=reply)
        if answer.suggestion:
            became(answer.suggestion, reply)
        note(reply)
        if answer.is_automatic:
            machine_wrote(message)
        else:
            owner_answered(message, answer.text or _names(answer.attachments), reply.created_at)
            message.has_failed = message.has_failed and waits_for_a_word(message)
    dispatch(message, reply, way, answer.wait)
    return reply


def _put_on_copy(message: CustomerMessage, answer: Answer, way: Way) -> None:
    if answer.copies is None:
        return
    if answer.copies and way.channel != Channel.EMAIL:
        raise CannotCopy(_("Copies go out with email only."))
    set_copies(message, answer.copies, answer.author)


def locked_way(chosen: Callable[[], Way]) -> Way:
    """The way, with its pair of numbers locked: before the conversation, as the door in locks them.

    A second look under the lock: another business may have taken the shared number meanwhile.
    """
    way, locked = chosen(), None
    while way.sender is not None and way.sender != locked:
        lock_pair(way.sender, way.address)
        way, locked = chosen(), way.sender
    return way


def dispatch(
    message: CustomerMessage,
    reply: MessageReply,
    way: Way,
    wait: timedelta = timedelta(),
) -> None:
    """Puts an answer in the outbox on its way to the customer, to begin after `wait`.

    In the transaction that made it or sends it again, after the conversation's last change. Raises
    NotReachable where its business may send no more texts today.
    """
    due_at = timezone.now() + wait if wait else None
    deliveries = _deliveries(message, reply, way, due_at)
    customer = customer_of(message)
    Dispatch.objects.bulk_create(
        Dispatch(
            delivery=delivery,
            message=message,
            reply=reply,
            participant=customer,
            template=way.template if delivery.rendered.content_sid else None,
        )
        for delivery in deliveries
    )


def _choose(answer: Answer) -> Way:
    message = CustomerMessage.objects.select_related("business", "contact").get(
        pk=answer.message_id
    )
    if answer.author and message.business_id != answer.author.business_id:
        raise MayNotAnswer(_("This conversation belongs to another business."))
    draft = Draft(answer.text, tuple(answer.attachments), answer.template, answer.variables)
    return choose(message, answer.channel, draft)


def _make(message: CustomerMessage, answer: Answer, way: Way) -> MessageReply:
    return MessageReply.objects.create(
        message=message,
        direction=Direction.OUTBOUND,
        channel=way.channel,
        sender=answer.author.user if answer.author else None,
        sender_name=name_of(answer.author.user) if answer.author else "",
        from_address=answer.from_address,
        written_via=answer.written_via,
        reply=without_action_links(answer.text),
        quoted=answer.quoted,
        filed_by=answer.filed_by,
        filed_note=answer.filed_note,
        is_automatic=answer.is_automatic,
    )


def _names(attachments: list[Attachment]) -> str:
    return ", ".join(attachment.name for attachment in attachments)


def _deliveries(
    message: CustomerMessage,
    reply: MessageReply,
    way: Way,
    due_at: datetime | None,
) -> list[Delivery]:
    if way.sender is None:
        return [_mail(message, reply, way, due_at)]
    try:
        return texts_to_phone(message, reply, way, way.sender, due_at)
    except OverBudget as over:
        by_mail = [str(each.channel) for each in ways_to(message) if _is_mail(each)]
        raise NotReachable(str(over), by_mail) from over


def _is_mail(way: Way) -> bool:
    return way.usable and way.channel == Channel.EMAIL


def _mail(
    message: CustomerMessage,
    reply: MessageReply,
    way: Way,
    due_at: datetime | None,
) -> Delivery:
    own_id = message_id_of(customer_of(message))
    if reply.is_automatic:
        rendered = mail_when_away(message, reply, way.address, own_id)
    else:
        rendered = mail_to_customer(message, reply, way.address, own_id)
        rendered = replace(rendered, cc=copy_to(message, reply))
    return enqueue(
        channel=way.channel,
        to_address=way.address,
        rendered=rendered,
        lane=lane_of(message.pk, way.address),
        message_id=own_id,
        due_at=due_at,
        **terms_of(reply),
    )
