"""A member answers by mail: relayed only with his token, from an address that is his, with live access."""

from __future__ import annotations

from channels_out.channel import Channel
from gateway.inbound.find_mail import Writer
from gateway.inbound.hold import hold_mail
from gateway.inbound.messages import InboundMail, Outcome, Received
from gateway.models import Attachment, HeldReason, Membership
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.brakes import answers_race
from gateway.outbound.ways import NotReachable
from gateway.participants import is_verified


def receive_answer(
    mail: InboundMail, writer: Writer, member: Membership, files: list[Attachment]
) -> Received:
    """Relays a member's answer to the customer, or holds it with the reason; in the caller's transaction."""
    message = writer.participant.message
    if mail.automatic:
        return Received(Outcome.AUTOMATIC, mail.automatic, message=message)
    reason = _why_not(mail, writer, member)
    if reason is not None:
        return hold_mail(mail, reason, files, message=message, membership=member)
    try:
        reply = post_reply(_answer(mail, writer, member, files))
    except NotReachable as error:
        return hold_mail(
            mail,
            HeldReason.NOT_REACHABLE,
            files,
            message=message,
            membership=member,
            detail=error.reason,
        )
    return Received(Outcome.RELAYED, message=message, reply=reply)


def _why_not(mail: InboundMail, writer: Writer, member: Membership) -> HeldReason | None:
    if not member.may_answer:
        return HeldReason.NO_ACCESS
    if writer.step != "token":
        return HeldReason.NO_TOKEN
    if mail.dmarc == "fail":
        return HeldReason.FAILED_DMARC
    if not is_verified(member.user_id, Channel.EMAIL, mail.from_address):
        return HeldReason.UNKNOWN_ADDRESS
    if not mail.text.strip() and not mail.files:
        return HeldReason.EMPTY
    if answers_race(writer.participant.message, member):
        return HeldReason.TOO_FAST
    return None


def _answer(
    mail: InboundMail, writer: Writer, member: Membership, files: list[Attachment]
) -> Answer:
    return Answer(
        message_id=writer.participant.message_id,
        author=member,
        text=mail.text,
        quoted=mail.quoted,
        attachments=files,
        written_via="email",
        from_address=mail.from_address,
        filed_by=writer.step,
        filed_note=writer.note,
    )
