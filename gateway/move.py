"""A member files messages under another conversation of the business, or splits them off."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from channels_out.channel import PHONE_CHANNELS
from gateway.addresses import normalize
from gateway.files import attach
from gateway.models import (
    CustomerMessage,
    Direction,
    Dispatch,
    HeldItem,
    Membership,
    MessageReply,
    Move,
    Notice,
    Participant,
    Receipt,
    Route,
    SearchText,
)
from gateway.outbound.failures import failed_replies, has_failed, taken_back_replies
from gateway.participants import begin, email_of, name_of
from gateway.routes import lock_pair, passed_inbound, passed_outbound
from gateway.search.rows import write
from gateway.states import changing_each, opened, took_or_gave
from gateway.telling.escalate import watch_moved
from gateway.telling.rows import lock_notices

BY_HAND = "by_hand"


class CannotMove(Exception):
    """The messages cannot be moved there; the text says why and what to do instead."""


@transaction.atomic
def file_under(
    reply: MessageReply, target_id: uuid.UUID, member: Membership, *, with_later: bool
) -> CustomerMessage:
    """Moves a message, and with `with_later` all that followed it, into another conversation.

    What comes next on the same numbers follows. Done twice it changes nothing. Gives the conversation
    that it is in now. Raises CannotMove, and CustomerMessage.DoesNotExist where the business has none such.
    """
    lock_pairs(reply.message_id, target_id)
    if reply.message_id == target_id:
        return CustomerMessage.objects.get(pk=target_id)
    with changing_each(reply.message_id, target_id) as (source, target):
        if target.business_id != source.business_id:
            raise CustomerMessage.DoesNotExist
        check_target(target)
        moved = _to_move(source, reply, with_later)
        if not moved:  # somebody else moved it a moment ago
            raise CannotMove(_("This message is no longer here. Load the page again."))
        _lock_notices(source, moved)
        waited = {source.waiting_since, target.waiting_since}
        _take(moved, source, target)
        say_anew(source, target)
        watch_moved(source, target, waited)
        remember(source, target, member, len(moved))
    write(moved)
    return target


@transaction.atomic
def split_off(reply: MessageReply, member: Membership, *, with_later: bool) -> CustomerMessage:
    """Makes a message of the customer, and with `with_later` all that followed it, a conversation of its own.

    It keeps its id. Raises CannotMove for an answer of the business: a conversation begins with what
    a customer wrote.
    """
    lock_pairs(reply.message_id)
    if reply.direction != Direction.INBOUND or reply.by_partner:
        raise CannotMove(
            _(
                "A conversation begins with what the customer wrote. "
                "Split off a message of his, with what followed it."
            )
        )
    # What was emptied by a join comes before the conversation that it is a part of, as for who follows it.
    emptied = CustomerMessage.objects.select_for_update(of=("self",)).filter(pk=reply.pk).first()
    with changing_each(reply.message_id) as (source,):
        moved = _to_move(source, reply, with_later)
        if not moved:
            raise CannotMove(_("This message is no longer here. Load the page again."))
        _lock_notices(source, moved)
        target, waited = (
            _again(emptied) if emptied else _opened_by(moved[0], source),
            {source.waiting_since},
        )
        _take(moved, source, target)
        _become_first(moved[0], target)
        say_anew(source, target)
        target.save()
        watch_moved(source, target, waited)
        remember(source, target, member, len(moved), is_split=True)
        write([target, *moved[1:]])
    opened(target)
    return target


def split_before(source: CustomerMessage, reply_id: uuid.UUID) -> CustomerMessage:
    """The conversation that this message of another one was made into. Raises CannotMove where it was not."""
    split = Move.objects.filter(source=source, target=reply_id, is_split=True)
    if not split.exists():
        raise CannotMove(
            _(
                "This is no later message of the conversation. The one that opened it takes all along:"
                " name another conversation."
            )
        )
    return CustomerMessage.objects.get(pk=reply_id)


def check_target(target: CustomerMessage) -> None:
    """Raises CannotMove where nothing can be filed under a locked conversation."""
    if target.merged_into_id:
        raise CannotMove(_("That conversation was joined to another. Choose that one."))
    if target.deleted_at:
        raise CannotMove(
            _("That conversation is in the trash. Restore it first, or choose another.")
        )


def moves_of(message: CustomerMessage) -> QuerySet[Move]:
    """The moves away from a conversation and into it, the first first; also of those that were joined to it."""
    inside = [message.pk, *message.merged.values_list("pk", flat=True)]
    found = Move.objects.filter(Q(source__in=inside) | Q(target__in=inside))
    return found.select_related("source", "target").order_by("created_at", "id")


def lock_pairs(*message_ids: uuid.UUID) -> None:
    """Locks the pairs of numbers of these conversations in one order; before them, as the doors do."""
    routes = Route.objects.filter(message__in=message_ids).select_related("sender")
    pairs = {(route.sender_id, route.normalized): route for route in routes}
    for key in sorted(pairs):
        lock_pair(pairs[key].sender, pairs[key].address)


def _to_move(source: CustomerMessage, reply: MessageReply, with_later: bool) -> list[MessageReply]:
    """The message and what followed it, in order; none where it has left this conversation."""
    here = source.replies.select_for_update(of=("self",), no_key=True)
    if not with_later:
        return list(here.filter(pk=reply.pk))
    followed = here.order_by("created_at", "id").filter(created_at__gte=reply.created_at)
    found = [
        each for each in followed if (each.created_at, each.pk) >= (reply.created_at, reply.pk)
    ]
    return found if found and found[0].pk == reply.pk else []


def _lock_notices(source: CustomerMessage, moved: list[MessageReply]) -> None:
    """What is to be told of the conversation, or was: before the business, as who hears that it was not."""
    lock_notices(Q(message=source) | Q(reply__in=moved))


def _take(moved: list[MessageReply], source: CustomerMessage, target: CustomerMessage) -> None:
    ids = [each.pk for each in moved]
    MessageReply.objects.filter(pk__in=ids).update(message=target)
    inbound = [each.pk for each in moved if each.direction == Direction.INBOUND]
    MessageReply.objects.filter(pk__in=inbound).update(filed_by=BY_HAND, filed_note="")
    Dispatch.objects.filter(reply__in=ids).update(message=target)
    Receipt.objects.filter(reply__in=ids).update(message=target)
    HeldItem.objects.filter(reply__in=ids).update(message=target)
    SearchText.objects.filter(pk__in=ids).delete()
    for each in moved:
        each.message = target
    _move_routes(source, target)


def _move_routes(source: CustomerMessage, target: CustomerMessage) -> None:
    """What passed on each pair belongs to the conversation that it is in now, and so what comes next."""
    inbound, outbound = _last_in(target), _last_out(target)
    stayed, stayed_out = _last_in(source), _last_out(source)
    if source.channel in PHONE_CHANNELS:
        first = (source.channel, normalize(source.channel, source.sender_phone))
        stayed.setdefault(first, source.created_at)
    for route in Route.objects.filter(message=source).select_related("sender"):
        theirs = (route.sender.channel, route.normalized)
        ours = (route.sender_id, route.normalized)
        if route.last_inbound_at and theirs in inbound:
            passed_inbound(target, route.sender, route.address, inbound[theirs])
        if route.last_outbound_at and ours in outbound:
            passed_outbound(target, route.sender, route.address, outbound[ours])
        route.last_inbound_at = route.last_inbound_at and stayed.get(theirs)
        route.last_outbound_at = route.last_outbound_at and stayed_out.get(ours)
        if route.last_inbound_at or route.last_outbound_at:
            route.save(update_fields=["last_inbound_at", "last_outbound_at"])
        else:
            route.delete()


def _last_in(message: CustomerMessage) -> dict[tuple[str, str], datetime]:
    """When each number of the customer last wrote in a conversation, by channel and number."""
    written = message.replies.filter(direction=Direction.INBOUND, channel__in=PHONE_CHANNELS)
    newest = written.values_list("channel", "from_address").annotate(newest=Max("created_at"))
    return {
        (channel, normalize(channel, address)): at
        for channel, address, at in newest.order_by("newest")
    }


def _last_out(message: CustomerMessage) -> dict[tuple[uuid.UUID, str], datetime]:
    """When each number of ours last answered each of his in a conversation."""
    sent = Dispatch.objects.filter(
        message=message, reply__isnull=False, delivery__channel__in=PHONE_CHANNELS
    )
    newest = sent.values_list(
        "delivery__sender", "delivery__channel", "delivery__to_address"
    ).annotate(newest=Max("reply__created_at"))
    return {
        (sender, normalize(channel, address)): at
        for sender, channel, address, at in newest.order_by("newest")
    }


def _again(emptied: CustomerMessage) -> CustomerMessage:
    """The conversation that the message opened before it was joined, with its addresses and links."""
    emptied.merged_into = emptied.deleted_at = None
    return emptied


def _opened_by(reply: MessageReply, source: CustomerMessage) -> CustomerMessage:
    """The conversation that this message of the customer becomes the first of, with its id."""
    is_phone = reply.channel in PHONE_CHANNELS
    phone = reply.from_address if is_phone else ""
    mail = "" if is_phone else reply.from_address
    target = CustomerMessage.objects.create(
        id=reply.pk,
        business=source.business,
        contact=source.contact,
        recipient=source.recipient,
        sender=source.sender,
        subject=source.subject,
        message=reply.reply,
        sender_name=reply.sender_name or source.sender_name,
        sender_email=mail or source.sender_email,
        sender_phone=phone or source.sender_phone,
        reply_by=source.reply_by,
        status="read",
        channel=reply.channel,
        quoted=reply.quoted,
        language=reply.language,
        is_automatic=reply.is_automatic,
        asks_nothing=reply.asks_nothing,
        seal=reply.seal,
        mail_id=reply.mail_id,
        recovered_at=reply.recovered_at,
        filed_by=BY_HAND,
        created_at=reply.created_at,
        last_activity_at=reply.created_at,
        is_spam=source.is_spam,
    )
    sides = Participant.objects.filter(message=source, membership__isnull=False)
    begin(
        target, [side.membership for side in sides.select_related("membership") if side.membership]
    )
    return target


def _become_first(reply: MessageReply, target: CustomerMessage) -> None:
    """What hung on the later message hangs on the conversation that it opens."""
    attach(list(reply.attachments.all()), message=target)
    Dispatch.objects.filter(reply=reply).update(reply=None)
    Receipt.objects.filter(reply=reply).update(reply=None)
    Notice.objects.filter(reply=reply).update(message=target, reply=None)
    reply.delete()


def say_anew(*messages: CustomerMessage) -> None:
    """What is kept of locked conversations, from the messages that are in them now."""
    for message in messages:
        took_or_gave(message, failed_replies(message.pk), taken_back_replies(message.pk))
        message.save(update_fields=["last_reply_at"])  # which the next question reads
        message.has_failed = has_failed(message)


def remember(
    source: CustomerMessage,
    target: CustomerMessage,
    member: Membership,
    messages: int,
    *,
    is_split: bool = False,
    is_join: bool = False,
) -> None:
    """Leaves one row, which both conversations show."""
    name = name_of(member.user) or email_of(member.user)
    Move.objects.create(
        source=source,
        target=target,
        actor=member.user,
        actor_name=name[:255],
        messages=messages,
        is_split=is_split,
        is_join=is_join,
    )
