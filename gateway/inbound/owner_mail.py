"""A member answers by mail: relayed only with his token, from an address that is his, with live access."""

from __future__ import annotations

from channels_out.channel import Channel
from gateway.addresses import normalize
from gateway.inbound.find_mail import Writer
from gateway.inbound.hold import hold_mail
from gateway.inbound.messages import InboundMail, Outcome, Received
from gateway.models import Attachment, Business, CustomerMessage, HeldReason, Membership
from gateway.outbound.answer import Answer, post_reply
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
        return _hold_answer(mail, reason, files, message, member)
    try:
        reply = post_reply(
            Answer(
                message_id=message.pk,
                author=member,
                text=mail.text,
                quoted=mail.quoted,
                attachments=files,
                written_via="email",
                from_address=mail.from_address,
                filed_by=writer.step,
                filed_note=writer.note,
            )
        )
    except NotReachable as error:
        return _hold_answer(mail, HeldReason.NOT_REACHABLE, files, message, member, str(error))
    return Received(Outcome.RELAYED, message=message, reply=reply)


def member_writing_to(mail: InboundMail, business: Business) -> Membership | None:
    """The member of this business who writes to its own public address, if it is one."""
    address = normalize(Channel.EMAIL, mail.from_address)
    members = business.memberships.filter(is_active=True).select_related("user", "business")
    return next((member for member in members if _is_his(member, address)), None)


def _why_not(mail: InboundMail, writer: Writer, member: Membership) -> HeldReason | None:
    if not member.may_answer:
        return HeldReason.NO_ACCESS
    if writer.step != "token":
        return HeldReason.NO_TOKEN
    if mail.dmarc == "fail":
        return HeldReason.FAILED_DMARC
    if not _is_his(member, normalize(Channel.EMAIL, mail.from_address)):
        return HeldReason.UNKNOWN_ADDRESS
    if not mail.text.strip() and not mail.files:
        return HeldReason.EMPTY
    return None


def _is_his(member: Membership, address: str) -> bool:
    return is_verified(member.user_id, Channel.EMAIL, address)


def _hold_answer(
    mail: InboundMail,
    reason: HeldReason,
    files: list[Attachment],
    message: CustomerMessage,
    member: Membership,
    detail: str = "",
) -> Received:
    return hold_mail(mail, reason, files, message=message, membership=member, detail=detail)
