"""A person settles what was held: send an answer, file a message, or refuse it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Sender
from gateway.accept import accept_for_member
from gateway.closing import without_closing
from gateway.consent import asks_nothing
from gateway.inbound.contacts import contact_for_address, has_address
from gateway.inbound.filing import Letter, add_to_conversation, open_conversation
from gateway.inbound.find_text import business_of
from gateway.inbound.remarks import doubt_of
from gateway.models import (
    NEVER_SENT,
    Attachment,
    Business,
    CustomerMessage,
    HeldItem,
    Membership,
    MessageReply,
    Role,
    Settlement,
)
from gateway.outbound.answer import Answer, post_reply
from gateway.private_files import why_kept_back, without_private
from gateway.refusal import number_of, tell_of_refusal, why_not_told
from gateway.routes import lock_pair
from gateway.states import change, inbox_changed, no_answer_held


class AlreadySettled(Exception):
    """Somebody else settled it first."""


class NotForYou(Exception):
    """This person may not settle this item in this way; the message says who may."""


def open_items(user: Any) -> QuerySet[HeldItem]:
    """What waits for this person: his businesses' items; staff also see what nobody else can settle."""
    mine = Q(business__memberships__user=user, business__memberships__is_active=True)
    seen = mine | for_staff() if user.is_staff else mine
    items = HeldItem.objects.filter(seen, settlement="").distinct().order_by("-created_at", "-id")
    return items.select_related(
        "business", "message", "membership__user", "question"
    ).prefetch_related("attachments")


def for_staff() -> Q:
    """What nobody but staff can settle: it names no business, or one of which nobody may answer any more."""
    who_may = Membership.objects.filter(
        business=OuterRef("business"), is_active=True, user__is_active=True
    )
    return Q(~Exists(who_may.exclude(role=Role.AGENT)))


def may_settle(item: HeldItem, user: Any) -> bool:
    """Whether this person may say what becomes of it."""
    members = Membership.objects.filter(business=item.business_id, user=user).select_related("user")
    if any(member.may_answer for member in members):
        return True
    is_staff = bool(user.is_active and user.is_staff)
    return is_staff and HeldItem.objects.filter(for_staff(), pk=item.pk).exists()


def may_pass_on(item: HeldItem, user: Any) -> bool:
    """Whether this person may say that what a member texted to a shared number is for another business.

    Who wrote it, and staff who settle it: it is not for colleagues to show it to others.
    """
    is_writer = item.membership is not None and item.membership.user_id == user.pk
    if not (item.is_members and (is_writer or user.is_staff) and may_settle(item, user)):
        return False
    number = number_of(item)
    return number is not None and business_of(number) is None


@transaction.atomic
def settle_send(
    held: HeldItem,
    member: Membership,
    channel: str = "",
    *,
    to: CustomerMessage | None = None,
    accept: bool = False,
) -> MessageReply:
    """Sends a held answer to the customer in the name of the member who approves it.

    By `channel`, else by the one that its writer asked for; `to` is the conversation, where it names
    none. With `accept` what comes from its address is relayed from now on. Raises AlreadySettled,
    NotForYou, CannotAccept, and what `post_reply` raises; then nothing has changed.
    """
    item = _lock(held, member.user)
    if not item.is_answer:
        raise NotForYou(_("This is not an answer; file it under a conversation instead."))
    if to is not None and to.business_id != item.business_id:
        raise NotForYou(_("That conversation belongs to another business."))
    if to is not None and item.message_id not in (None, to.pk):
        raise NotForYou(_("It answers another conversation."))
    item.message = item.message or to
    if item.message_id is None:
        raise NotForYou(_("It names no conversation: choose the one that it answers."))
    files, private = without_private(
        item.attachments.all(), item.membership or member, item.from_address
    )
    if item.reason in NEVER_SENT or not (item.text.strip() or files):
        # What was quoted may hold the member's private address, so it is never sent in its place.
        raise NotForYou(_("Nothing is left of this answer to send; write it in the conversation."))
    reply = post_reply(
        _answer(item, item.message_id, member, channel, files, why_kept_back(private))
    )
    # Keys and signatures are nothing to read: a mail that is relayed at once leaves them behind as well.
    item.attachments.exclude(pk__in=[file.pk for file in private]).delete()
    item.reply = reply if private else None
    if accept:
        accept_for_member(item, member)
    _settle(item, member.user, Settlement.SENT)
    return reply


@transaction.atomic
def settle_accept(held: HeldItem, member: Membership) -> None:
    """Accepts the address from which the welcome mail was answered; nothing is sent to a customer.

    Raises AlreadySettled, NotForYou and CannotAccept.
    """
    item = _lock(held, member.user)
    if not item.is_welcome:
        raise NotForYou(_("It does not answer a welcome mail."))
    accept_for_member(item, member)
    _settle(item, member.user, Settlement.ACCEPTED)


@transaction.atomic
def settle_file(
    held: HeldItem, user: Any, business: Business, message: CustomerMessage | None
) -> CustomerMessage:
    """Files a held message under a conversation of the business, or (None) as a new one.

    Raises AlreadySettled, and NotForYou when the conversation or the item is another business's, and where a
    member who wrote would be taken for a customer: only his mail may begin a conversation, as anybody's, and
    what he texted to a shared number one of another business (`may_pass_on`).
    """
    number = number_of(held)
    if number is not None:
        lock_pair(number, held.from_address)  # before all else, as the doors do
    item = _lock(held, user)
    if message is not None and message.business_id != business.pk:
        raise NotForYou(_("That conversation belongs to another business."))
    is_own = item.business_id in (None, business.pk)
    passes_on = not is_own and message is None and may_pass_on(item, user)
    may_begin = passes_on or (item.is_members and message is None and number is None)
    if item.membership_id is not None and not may_begin:
        raise NotForYou(_("It is no message of a customer."))
    if not is_own and not passes_on:
        raise NotForYou(_("This belongs to another business."))
    if passes_on:
        _answers_nothing(item)
        note = _("It was texted to a number of several businesses. Filed by hand.")
    else:
        note = _("Held: %(reason)s. Filed by hand.") % {"reason": item.get_reason_display()}
    doubt = _doubt(item, message) if number is None else ""
    letter = letter_of(item, number, "by_hand", " ".join(filter(None, (note, doubt))))
    if message is None:
        message = _open(business, letter, None if item.is_forgeable else letter.at)
    else:
        add_to_conversation(message, letter)
    _settle(item, user, Settlement.FILED)
    return message


@transaction.atomic
def settle_refuse(held: HeldItem, user: Any, *, tell: bool = False, words: str = "") -> None:
    """Puts a held item aside; it stays stored. Raises AlreadySettled and NotForYou.

    With `tell` its writer gets one note by the same channel, with `words` to him; NotForYou says why
    he cannot. While a member's answer was held, its conversation was not replied; without it, it is
    as before.
    """
    number = number_of(held)
    if tell and number is not None:
        lock_pair(number, held.from_address)  # before all else, as the doors do
    item = _lock(held, user)
    if tell:
        if reason := why_not_told([item])[item.pk]:
            raise NotForYou(reason)
        tell_of_refusal(item, number, words)
        item.writer_told_at = timezone.now()
        item.save(update_fields=["writer_told_at"])
    _answers_nothing(item)
    _settle(item, user, Settlement.REFUSED)


def settled_before(item: HeldItem) -> str:
    """What became of it, to whoever comes too late."""
    return _("This was settled before: %(how)s.") % {"how": item.get_settlement_display()}


def _lock(held: HeldItem, user: Any) -> HeldItem:
    item = HeldItem.objects.select_for_update(of=("self",)).get(pk=held.pk)
    if item.settlement:
        raise AlreadySettled(settled_before(item))
    if not may_settle(item, user):
        raise NotForYou(_("Only who may answer for this business settles it; without one, staff."))
    return item


def _answers_nothing(item: HeldItem) -> None:
    """Its conversation is as before, unless another answer of it is held."""
    if item.message_id and item.is_answer and not _other_answer(item, item.message_id):
        with change(item.message_id) as message:
            no_answer_held(message)


def _other_answer(item: HeldItem, message_id: uuid.UUID) -> bool:
    """Whether another answer of the conversation is held."""
    held = HeldItem.objects.filter(message=message_id, membership__isnull=False, settlement="")
    return held.exclude(pk=item.pk).exists()


def _doubt(item: HeldItem, message: CustomerMessage | None) -> str:
    """What speaks against a mail being from the customer of the conversation it is put under."""
    is_known = message is None or has_address(message.contact, item.channel, item.from_address)
    return doubt_of(item.from_address, item.dmarc, is_known)


def _answer(
    item: HeldItem,
    message_id: uuid.UUID,
    author: Membership,
    channel: str,
    files: list[Attachment],
    kept_back: str,
) -> Answer:
    writer = item.membership or author
    text, quoted = without_closing(writer, item.text, item.quoted)
    approved = _("Held: %(reason)s. Approved by hand.") % {"reason": item.get_reason_display()}
    return Answer(
        message_id=message_id,
        author=author,
        text=text,
        quoted=quoted,
        channel=channel or item.answer_by,
        written_via="email" if item.channel == Channel.EMAIL else "text",
        from_address=item.from_address,
        filed_by="approved",
        filed_note=" ".join(filter(None, (approved, kept_back))),
        attachments=files,
    )


def letter_of(item: HeldItem, number: Sender | None, filed_by: str, note: str) -> Letter:
    """What a customer wrote and was held, to be filed; `number` is the one of ours that he wrote to."""
    return Letter(
        channel=Channel(item.channel),
        text=item.text,
        at=item.created_at,
        filed_by=filed_by,
        filed_note=note,
        from_address=item.from_address,
        from_name=item.from_name,
        our_number=number,
        subject=item.subject,
        quoted=item.quoted,
        language=item.language,
        is_automatic=item.is_automatic,
        asks_nothing=item.channel in PHONE_CHANNELS and asks_nothing(item.text),
        seal=item.seal,
        mail_id=item.mail_id,
        recovered_at=item.recovered_at,
        attachments=list(item.attachments.all()),
    )


def _open(business: Business, letter: Letter, proven_at: datetime | None) -> CustomerMessage:
    contact = contact_for_address(
        business, letter.channel, letter.from_address, letter.from_name, proven_at
    )
    return open_conversation(business, contact, letter)


def _settle(item: HeldItem, user: Any, settlement: Settlement) -> None:
    item.settlement, item.settled_by, item.settled_at = settlement, user, timezone.now()
    item.save(update_fields=["message", "reply", "settlement", "settled_by", "settled_at"])
    if item.business_id:
        inbox_changed(item.business_id)
