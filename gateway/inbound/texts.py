"""What comes in as SMS or WhatsApp: heard for STOP and START, then filed or held."""

from __future__ import annotations

from django.utils import timezone

from channels_out.models import Sender
from gateway.addresses import normalize
from gateway.consent import hear
from gateway.inbound.contacts import contact_for_address
from gateway.inbound.filing import Letter, add_to_conversation, open_conversation
from gateway.inbound.find_text import Found, business_of, find_text
from gateway.inbound.hold import hold_text
from gateway.inbound.messages import InboundText, Received
from gateway.models import Attachment, HeldReason
from gateway.participants import member_with
from gateway.routes import lock_pair


def receive_text(text: InboundText, files: list[Attachment]) -> Received:
    """Files or holds a text; in the caller's transaction."""
    sender = _our_number(text)
    if sender is None:
        return hold_text(text, HeldReason.UNKNOWN_NUMBER, files)
    lock_pair(sender, text.from_address)
    hear(sender, text.from_address, text.text, text.messaging_service)
    business = business_of(sender)
    # A member who writes from his own phone to his own business's number is no customer.
    member = member_with(business, text.channel, text.from_address) if business else None
    if member is not None:
        return hold_text(text, HeldReason.MEMBER_WROTE, files, sender, member)
    found = find_text(text, sender, business)
    if found is None:
        return hold_text(text, HeldReason.SHARED_NUMBER, files, sender)
    return _file(text, sender, found, files)


def _our_number(text: InboundText) -> Sender | None:
    """Exactly as the provider names it, else in its normal form."""
    for address in (text.our_address, normalize(text.channel, text.our_address)):
        senders = Sender.objects.select_related("dedication__business")
        sender = senders.filter(channel=text.channel, address=address).first()
        if sender is not None:
            return sender
    return None


def _file(text: InboundText, sender: Sender, found: Found, files: list[Attachment]) -> Received:
    letter = Letter(
        channel=text.channel,
        text=text.text,
        at=text.received_at or timezone.now(),
        filed_by=found.step,
        filed_note=found.note,
        from_address=text.from_address,
        from_name=text.from_name,
        our_number=sender,
        attachments=files,
    )
    if found.message is not None:
        return Received.filed(add_to_conversation(found.message, letter))
    contact = contact_for_address(
        found.business, text.channel, text.from_address, text.from_name, letter.at
    )
    return Received.filed(open_conversation(found.business, contact, letter))
