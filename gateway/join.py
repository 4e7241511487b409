"""A member files the message that opened a conversation under another one: all of it becomes a part of that."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import PHONE_CHANNELS
from gateway.copies import join_copies
from gateway.drafts import join_drafts
from gateway.files import attach
from gateway.models import (
    Assignment,
    Attachment,
    Contact,
    CustomerMessage,
    Direction,
    Dispatch,
    HeldItem,
    Membership,
    MessageReply,
    Note,
    Notice,
    NoticeKind,
    Option,
    Participant,
    Question,
    Reading,
    Receipt,
    Route,
    SearchText,
    Status,
    Suggestion,
    Tagging,
)
from gateway.move import BY_HAND, CannotMove, check_target, lock_pairs, remember, say_anew
from gateway.participants import contact_name, members_of
from gateway.routes import passed_inbound, passed_outbound
from gateway.search.rows import write
from gateway.states import changing_each, set_status
from gateway.telling.rows import lock_notices


@transaction.atomic
def join(source_id: uuid.UUID, target_id: uuid.UUID, member: Membership) -> CustomerMessage:
    """Makes a whole conversation a part of another one of the business; gives that one.

    What opened it becomes a message there, under its id. The emptied row stays: the reply addresses,
    links and Message-IDs that were given out for it lead to the other one from now on. Done twice it
    changes nothing. Raises CannotMove, and CustomerMessage.DoesNotExist where the business has none such.
    """
    if source_id == target_id:
        raise CannotMove(_("This is the conversation itself. Choose another."))
    _lock_others(source_id, target_id)
    # Looked at before it is locked: whoever found it emptied holds it while he waits for the other.
    if CustomerMessage.objects.filter(pk=source_id, merged_into=target_id).exists():
        return CustomerMessage.objects.get(pk=target_id)
    with changing_each(source_id, target_id) as (source, target):
        if target.business_id != source.business_id:
            raise CustomerMessage.DoesNotExist
        if source.merged_into_id or source.deleted_at:
            raise CannotMove(_("This conversation is in the trash, or was joined to another one."))
        check_target(target)
        lock_notices(Q(message=source))
        was_unread = source.unread
        moved = [_opener(source, target), *source.replies.order_by("created_at", "id")]
        notes = list(source.notes.all())
        _take_all(source, target, [*moved, *notes])
        say_anew(target)
        if was_unread:  # nobody has read it, so it must not be lost among what was read
            set_status(target, Status.UNREAD)
        remember(source, target, member, len(moved), is_join=True)
        _bury(source, target)
    write([*moved, *notes])
    return target


def _lock_others(source_id: uuid.UUID, target_id: uuid.UUID) -> None:
    """What is locked before the two conversations, in the order in which others do.

    One join at a time of the same customers; held items, as who sends them; the pairs of numbers, as
    the doors; what was emptied before, as who follows it.
    """
    customers = Contact.objects.select_for_update(of=("self",), no_key=True)
    list(customers.filter(messages__in=[source_id, target_id]).order_by("pk"))
    held = HeldItem.objects.select_for_update(of=("self",)).filter(message=source_id)
    list(held.order_by("pk"))
    lock_pairs(source_id, target_id)
    emptied = CustomerMessage.objects.select_for_update(of=("self",), no_key=True)
    list(emptied.filter(merged_into=source_id).order_by("pk"))


def _opener(source: CustomerMessage, target: CustomerMessage) -> MessageReply:
    """What the customer wrote first, as a later message."""
    reply = MessageReply.objects.create(
        id=source.pk,
        message=target,
        direction=Direction.INBOUND,
        sender_name=(source.sender_name or contact_name(source.contact, source))[:255],
        from_address=_written_from(source)[:254],
        reply=source.message,
        channel=source.channel,
        quoted=source.quoted,
        language=source.language,
        is_automatic=source.is_automatic,
        asks_nothing=source.asks_nothing,
        seal=source.seal,
        mail_id=source.mail_id,
        recovered_at=source.recovered_at,
        filed_by=BY_HAND,
        created_at=source.created_at,
    )
    attach(list(Attachment.objects.filter(message=source)), reply=reply)
    Receipt.objects.filter(message=source, reply=None, held=None).update(reply=reply)
    opener_untold = Notice.objects.filter(message=source, reply=None)
    opener_untold.exclude(kind=NoticeKind.WAITING).update(reply=reply)
    return reply


def _written_from(source: CustomerMessage) -> str:
    if source.channel in PHONE_CHANNELS:
        return source.sender_phone
    return source.sender_email or source.sender_phone


def _take_all(
    source: CustomerMessage, target: CustomerMessage, moved: list[MessageReply | Note]
) -> None:
    """Everything that hangs on the one hangs on the other."""
    source.replies.filter(direction=Direction.INBOUND).update(filed_by=BY_HAND, filed_note="")
    source.replies.update(message=target)
    sides = Participant.objects.filter(message=source, membership__isnull=False)
    # Made here, so that no two mails to the old addresses make the same one at the same instant.
    members_of(target, [s.membership for s in sides.select_related("membership") if s.membership])
    for model in (
        Dispatch,
        Receipt,
        HeldItem,
        Reading,
        Option,
        Notice,
        Note,
        Assignment,
        Suggestion,
    ):
        model.objects.filter(message=source).update(message=target)
    join_drafts(source, target)
    join_copies(source, target)
    taken = Tagging.objects.filter(message=source)
    taken.exclude(tag__in=target.tags.all()).update(message=target)
    taken.delete()
    Question.objects.filter(chosen=source).update(chosen=target)
    SearchText.objects.filter(message=source).delete()
    for each in moved:
        each.message = target
    for route in Route.objects.filter(message=source).select_related("sender"):
        if route.last_inbound_at:
            passed_inbound(target, route.sender, route.address, route.last_inbound_at)
        if route.last_outbound_at:
            passed_outbound(target, route.sender, route.address, route.last_outbound_at)
        route.delete()
    CustomerMessage.objects.filter(follows=source).exclude(pk=target.pk).update(follows=target)
    if target.follows_id == source.pk:
        target.follows_id = None
    if target.listing_id is None and not target.listing_snapshot:
        target.listing, target.listing_snapshot = source.listing, source.listing_snapshot
    target.reply_by = target.reply_by or source.reply_by
    target.assigned_to_id = target.assigned_to_id or source.assigned_to_id


def _bury(source: CustomerMessage, target: CustomerMessage) -> None:
    """The row stays, in no list; what was joined to it before goes along."""
    source.merged.update(merged_into=target)
    source.merged_into, source.deleted_at = target, timezone.now()
    source.waiting_since, source.has_failed, source.reply_count = None, False, 0
    if source.status == Status.UNREAD:
        set_status(source, Status.READ)
