"""The answer to the welcome mail shows from which address a member writes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels_out.channel import Channel
from gateway.addresses import normalize
from gateway.inbound.hold import hold_mail
from gateway.inbound.messages import InboundMail, Outcome, Received
from gateway.models import Attachment, HeldReason, Welcome
from gateway.participants import is_verified, verify

DISOWNED = HeldReason.FAILED_DMARC.label + "."


def receive_welcome_answer(
    mail: InboundMail, welcome: Welcome, files: list[Attachment]
) -> Received:
    """Learns the address that was invited, holds any other for a click; in the caller's transaction.

    A forwarded welcome mail can be answered by anybody.
    """
    member = welcome.membership
    if mail.automatic:
        return Received(Outcome.AUTOMATIC, mail.automatic)
    if not (member.is_active and member.user.is_active):
        return Received(
            Outcome.REFUSED, _("It answers the welcome mail of somebody without access.")
        )
    if is_verified(member.user_id, Channel.EMAIL, mail.from_address):
        return Received(Outcome.NOTED, f"{mail.from_address} was known as {member}'s.")
    is_invited = normalize(Channel.EMAIL, mail.from_address) == welcome.address
    if not is_invited or mail.dmarc == "fail":
        detail = DISOWNED if mail.dmarc == "fail" else ""
        return hold_mail(mail, HeldReason.WELCOME, files, membership=member, detail=detail)
    verify(member.user, mail.from_address)
    return Received(Outcome.NOTED, f"{mail.from_address} is known as {member}'s from now on.")
