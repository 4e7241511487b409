"""Keeps what cannot be filed or relayed yet, where somebody who can settle it sees it."""

from __future__ import annotations

import uuid

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.files import attach
from gateway.inbound.messages import InboundMail, InboundText, Outcome, Received
from gateway.inbound.our_words import without_our_words
from gateway.models import (
    Attachment,
    Business,
    CustomerMessage,
    HeldItem,
    HeldReason,
    Membership,
    MessageReply,
    Question,
    Seal,
    Settlement,
)
from gateway.outbound.notify import tell_writer
from gateway.states import answer_held, change, inbox_changed


def hold_text(
    text: InboundText,
    reason: HeldReason,
    files: list[Attachment],
    sender: Sender | None = None,
    membership: Membership | None = None,
    question: Question | None = None,
    *,
    message: CustomerMessage | None = None,
    is_told: bool = False,
) -> Received:
    """Holds a text for the business of the member who wrote it, else for the answer to a question and for staff.

    No business reads what may be for another one. `question` is what the customer is asked about it,
    `message` the conversation that the member seems to answer; with `is_told` he learns that it waits.
    """
    held = HeldItem(
        reason=reason,
        channel=text.channel,
        business_id=membership.business_id if membership else None,
        message=message,
        membership=membership,
        from_address=text.from_address[:254],
        from_name=text.from_name[:255],
        to_address=text.our_address[:254],
        text=text.text,
        language=text.language,
        event_id=text.event_id,
        recovered_at=text.recovered_at,
        question=question,
    )
    if text.recovered_at and text.received_at:
        held.created_at = text.received_at  # so long the customer has been waiting
    return _hold(held, files, "" if is_told else None)


def hold_mail(
    mail: InboundMail,
    reason: HeldReason,
    files: list[Attachment],
    *,
    message: CustomerMessage | None = None,
    membership: Membership | None = None,
    business: Business | None = None,
    detail: str = "",
    answer_by: str = "",
) -> Received:
    """Holds a mail for the business whose conversation, member or address it is about.

    The member for whom it speaks is told, unless a machine wrote it. `answer_by` is the channel that he
    asked for.
    """
    about = message or membership
    mail = without_our_words(mail, message) if membership else mail
    if mail.encrypted and membership and reason != HeldReason.WELCOME:
        reason = HeldReason.ENCRYPTED  # whatever else is wrong with it
    held = HeldItem(
        reason=reason,
        detail=detail or mail.unreadable or (str(Seal.ENCRYPTED.label) if mail.encrypted else ""),
        channel=Channel.EMAIL,
        business=about.business if about else business,
        message=message,
        membership=membership,
        from_address=mail.from_address[:254],
        from_name=mail.from_name[:255],
        to_address=(mail.recipients[0] if mail.recipients else "")[:254],
        subject=mail.subject[:255],
        text=mail.text,
        quoted=mail.quoted,
        language=mail.language,
        seal=mail.seal,
        event_id=mail.event_id,
        is_automatic=bool(mail.automatic),
        dmarc=mail.dmarc,
        mail_id=mail.message_id[:998],
        answer_by=answer_by,
    )
    return _hold(held, files, None if mail.automatic else mail.message_id)


def keep_back(
    mail: InboundMail, membership: Membership, reply: MessageReply, files: list[Attachment]
) -> None:
    """Keeps the files of a member's mail that stayed back from his answer, for the people of his business.

    There is nothing to settle.
    """
    held = HeldItem.objects.create(
        reason=HeldReason.PRIVATE_FILE,
        channel=Channel.EMAIL,
        business=membership.business,
        message=reply.message,
        membership=membership,
        from_address=mail.from_address[:254],
        from_name=mail.from_name[:255],
        to_address=(mail.recipients[0] if mail.recipients else "")[:254],
        subject=mail.subject[:255],
        event_id=mail.event_id,
        mail_id=mail.message_id[:998],
        reply=reply,
        settlement=Settlement.KEPT,
        settled_at=timezone.now(),
    )
    attach(files, held=held)


def _hold(held: HeldItem, files: list[Attachment], answered: str | None = None) -> Received:
    """`answered` is the Message-ID, if any, of that whose writer is told, None when nobody is."""
    if held.message_id and held.membership_id:
        _hold_answer(held, held.message_id, files, answered)
    else:
        _keep(held, files, answered)
        if held.business_id:
            inbox_changed(held.business_id)
    return Received(Outcome.HELD, held.get_reason_display(), message=held.message, held=held)


def _hold_answer(
    held: HeldItem, message_id: uuid.UUID, files: list[Attachment], answered: str | None
) -> None:
    with change(message_id) as message:
        answer_held(message)
        held.message = message
        _keep(held, files, answered)


def _keep(held: HeldItem, files: list[Attachment], answered: str | None) -> None:
    held.save()
    attach(files, held=held)
    if answered is not None and held.membership:
        tell_writer(held, held.membership, answered)
