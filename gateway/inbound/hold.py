"""Keeps what cannot be filed or relayed yet, where somebody who can settle it sees it."""

from __future__ import annotations

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.files import attach
from gateway.inbound.messages import InboundMail, InboundText, Outcome, Received
from gateway.models import Attachment, CustomerMessage, HeldItem, HeldReason, Membership
from gateway.routes import routes_between
from gateway.states import inbox_changed


def hold_text(
    text: InboundText, reason: HeldReason, files: list[Attachment], sender: Sender | None = None
) -> Received:
    """Holds a text for the one business that its number names, else for staff."""
    routes = routes_between(sender, text.from_address) if sender else []
    businesses = {route.business_id for route in routes}
    held = HeldItem(
        reason=reason,
        channel=text.channel,
        business_id=businesses.pop() if len(businesses) == 1 else None,
        from_address=text.from_address[:254],
        from_name=text.from_name[:255],
        to_address=text.our_address[:254],
        text=text.text,
        event_id=text.event_id,
    )
    return _hold(held, files)


def hold_mail(
    mail: InboundMail,
    reason: HeldReason,
    files: list[Attachment],
    *,
    message: CustomerMessage | None = None,
    membership: Membership | None = None,
    detail: str = "",
) -> Received:
    """Holds a mail for the business it speaks for (`membership`, `message`), else for staff."""
    business_id = message.business_id if message else membership.business_id if membership else None
    held = HeldItem(
        reason=reason,
        detail=detail or mail.unreadable,
        channel=Channel.EMAIL,
        business_id=business_id,
        message=message,
        membership=membership,
        from_address=mail.from_address[:254],
        from_name=mail.from_name[:255],
        to_address=(mail.recipients[0] if mail.recipients else "")[:254],
        subject=mail.subject[:255],
        text=mail.text,
        quoted=mail.quoted,
        event_id=mail.event_id,
    )
    return _hold(held, files)


def _hold(held: HeldItem, files: list[Attachment]) -> Received:
    held.save()
    attach(files, held=held)
    if held.business_id:
        inbox_changed(held.business_id)
    return Received(Outcome.HELD, held.get_reason_display(), message=held.message, held=held)
