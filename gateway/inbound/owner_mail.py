"""A member answers by mail: relayed only with his token, from an address that is his, with live access."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.utils import timezone

from channels_out.channel import Channel
from gateway.closing import learn_closing, without_closing
from gateway.inbound.find_mail import Writer
from gateway.inbound.hold import hold_mail, keep_back
from gateway.inbound.messages import InboundMail, Outcome, Received
from gateway.inbound.our_words import without_our_words
from gateway.inbound.own_addresses import without_own_addresses
from gateway.models import Attachment, CustomerMessage, HeldReason, Membership
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.brakes import answers_race
from gateway.outbound.ways import NotReachable
from gateway.participants import is_verified
from gateway.people import member_with
from gateway.private_files import why_kept_back, without_private

# A member's reply address lives as long as its conversation: after so long without a word from either
# side the answer is more often meant for somebody else than for this customer.
TOKEN_LIVES = timedelta(days=180)


def receive_answer(
    mail: InboundMail, writer: Writer, member: Membership, files: list[Attachment]
) -> Received:
    """Relays a member's answer to the customer, or holds it with the reason; in the caller's transaction.

    A colleague who answers a notification that was forwarded to him is held in his own name: whether
    his words are for the customer or for who forwarded it, nothing in the mail says.
    """
    message = writer.participant.message
    if mail.automatic:
        return Received(Outcome.AUTOMATIC, mail.automatic, message=message)
    mail = without_our_words(mail, message)
    text, quoted = without_own_addresses(writer.participant, mail.text, mail.quoted)
    mail = replace(mail, text=text, quoted=quoted)
    hold = partial(hold_mail, mail, files=files, message=message, answer_by=writer.answer_by)
    is_own = _is_own(mail, member)
    colleague = None if is_own else _colleague(mail, member)
    if colleague is not None:
        return hold(HeldReason.OTHERS_TOKEN, membership=colleague)
    sendable, private = without_private(files, member, mail.from_address)
    is_empty = not (mail.text.strip() or sendable)
    reason = _why_not(mail, writer, member, is_own=is_own, is_empty=is_empty)
    if reason is not None:
        return hold(reason, membership=member)
    answer = _answer(mail, writer, member, sendable, why_kept_back(private))
    learn_closing(member, answer.text)
    try:
        reply = post_reply(answer)
    except NotReachable as error:
        return hold(HeldReason.NOT_REACHABLE, membership=member, detail=error.reason)
    if private:
        keep_back(mail, member, reply, private)
    return Received(Outcome.RELAYED, message=message, reply=reply)


def hold_unreadable(
    mail: InboundMail, writer: Writer, member: Membership, files: list[Attachment]
) -> Received:
    """Holds what is left of a member's mail that could not be read; he is told where it is surely his."""
    is_his = mail.dmarc != "fail" and _is_own(mail, member)
    return hold_mail(
        mail,
        HeldReason.UNREADABLE,
        files,
        message=writer.participant.message if is_his else None,
        membership=member if is_his else None,
        business=member.business,
    )


def _colleague(mail: InboundMail, member: Membership) -> Membership | None:
    """Who of the same business wrote to an address that another member was given."""
    if mail.dmarc == "fail":
        return None
    return member_with(member.business, Channel.EMAIL, mail.from_address)


def _is_own(mail: InboundMail, member: Membership) -> bool:
    return is_verified(member.user_id, Channel.EMAIL, mail.from_address)


def _why_not(
    mail: InboundMail, writer: Writer, member: Membership, *, is_own: bool, is_empty: bool
) -> HeldReason | None:
    if not member.may_answer:
        return HeldReason.NO_ACCESS
    if writer.step != "token":
        return HeldReason.NO_TOKEN
    if mail.dmarc == "fail":
        return HeldReason.FAILED_DMARC
    if not is_own:
        return HeldReason.UNKNOWN_ADDRESS
    if mail.encrypted:
        return HeldReason.ENCRYPTED
    if is_empty:
        return HeldReason.EMPTY
    if answers_race(writer.participant.message, member):
        return HeldReason.TOO_FAST
    return HeldReason.EXPIRED if _is_long_quiet(writer.participant.message) else None


def _is_long_quiet(message: CustomerMessage) -> bool:
    return message.last_activity_at < timezone.now() - TOKEN_LIVES


def _answer(
    mail: InboundMail,
    writer: Writer,
    member: Membership,
    files: list[Attachment],
    kept_back: str,
) -> Answer:
    text, quoted = without_closing(member, mail.text, mail.quoted)
    return Answer(
        message_id=writer.participant.message_id,
        author=member,
        text=text,
        quoted=quoted,
        channel=writer.answer_by,
        attachments=files,
        written_via="email",
        from_address=mail.from_address,
        filed_by=writer.step,
        filed_note=" ".join(filter(None, (writer.note, kept_back))),
    )
