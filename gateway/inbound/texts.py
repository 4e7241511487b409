"""What comes in as SMS or WhatsApp: heard for STOP and START, then filed or held."""

from __future__ import annotations

from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.addresses import forms_of
from gateway.asking.answer import hear_answer
from gateway.asking.ask import ask_and_hold
from gateway.consent import asks_nothing, hear, is_keyword
from gateway.inbound.contacts import contact_for_address, new_contact
from gateway.inbound.echo import REPEATED, is_echo
from gateway.inbound.evidence import Found
from gateway.inbound.filing import Letter, add_to_conversation, open_conversation
from gateway.inbound.find_text import business_of, find_text
from gateway.inbound.hold import hold_text
from gateway.inbound.member_texts import hold_members_text, speaking_on
from gateway.inbound.messages import InboundText, Received
from gateway.inbound.whatsapp_users import recognised
from gateway.models import Attachment, HeldReason
from gateway.outbound.by_phone import customer_wrote
from gateway.people import People, people_and_writer
from gateway.routes import lock_pair
from gateway.telling.stops import member_texted_stop


def receive_text(text: InboundText, files: list[Attachment]) -> Received:
    """Files or holds a text; in the caller's transaction."""
    text = recognised(text)
    sender = _our_number(text)
    if sender is None:
        _hear(_unknown(text), text)
        return hold_text(text, HeldReason.UNKNOWN_NUMBER, files)
    lock_pair(sender, text.from_address)
    stopped = _hear(sender, text)
    for name in _names(text):
        customer_wrote(sender, name)
        if name in stopped and sender.channel == Channel.SMS:
            member_texted_stop(sender, name)
    business = business_of(sender)
    people, members = None, []
    if business is not None:
        people, member = people_and_writer(business, text.channel, text.from_address)
        members = [member] if member else []
    elif text.channel == Channel.SMS:
        members = speaking_on(sender, text)
    # A member who writes from his own phone to his own business's number is no customer.
    if members:
        return hold_members_text(text, sender, members, files)
    if business is None and (answered := hear_answer(text, sender, files)):
        return answered
    found = find_text(text, sender, business)
    if found is None:
        return ask_and_hold(text, sender, files)
    return _file(found, _letter(text, sender, found, people, files))


def _names(text: InboundText) -> list[str]:
    """By which the provider knows who wrote."""
    return [name for name in (text.from_address, text.alias) if name]


def _hear(sender: Sender, text: InboundText) -> list[str]:
    """By which of his names he has stopped us; said when it came here, however late it is heard."""
    said = text.text, text.messaging_service, text.opt_out, text.received_at
    return [name for name in _names(text) if hear(sender, name, *said)]


def _unknown(text: InboundText) -> Sender:
    """A number that has no row, for what is stopped at its Messaging Service, or will be at itself."""
    return Sender(channel=text.channel, address=text.our_address)


def _our_number(text: InboundText) -> Sender | None:
    """Exactly as the provider names it, else in another form of the same number."""
    forms = forms_of(text.channel, text.our_address)
    senders = Sender.objects.filter(channel=text.channel, address__in=forms)
    found = list(senders.select_related("dedication__business"))
    exact = (each for each in found if each.address == text.our_address)
    return next(exact, next(iter(found), None))


def _letter(
    text: InboundText,
    sender: Sender,
    found: Found,
    people: People | None,
    files: list[Attachment],
) -> Letter:
    at = text.received_at or timezone.now()
    repeated = found.message is not None and is_echo(found.message, text.text, at)
    return Letter(
        channel=text.channel,
        text=text.text,
        at=at,
        filed_by=found.step,
        filed_note=" ".join(filter(None, (found.note, str(REPEATED) if repeated else ""))),
        language=text.language,
        is_automatic=repeated,
        from_address=text.from_address,
        from_name=text.from_name,
        our_number=sender,
        attachments=files,
        people=people,
        recovered_at=text.recovered_at,
        is_stranger=found.is_stranger,
        is_keyword=is_keyword(text.text, text.opt_out),
        asks_nothing=not files and asks_nothing(text.text, text.opt_out),
    )


def _file(found: Found, letter: Letter) -> Received:
    if found.message is not None:
        automatic = str(REPEATED) if letter.is_automatic else ""
        return Received.filed(add_to_conversation(found.message, letter), automatic)
    contact_for = new_contact if found.is_stranger else contact_for_address
    contact = contact_for(
        found.business, letter.channel, letter.from_address, letter.from_name, letter.at
    )
    return Received.filed(open_conversation(found.business, contact, letter, listing=found.listing))
