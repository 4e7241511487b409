"""What comes in as mail: an owner's answer, a customer's, a new conversation, or nothing of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import Channel
from gateway.addresses import normalize
from gateway.copies import Partner, arrives_again, partner_at
from gateway.inbound.contacts import came_from, contact_for_address, has_address
from gateway.inbound.filing import (
    Letter,
    add_to_conversation,
    continue_conversation,
    open_conversation,
    take_turns,
)
from gateway.inbound.find_mail import (
    Writer,
    business_that_knows,
    businesses_addressed,
    ended_addresses,
    find_writers,
    listing_addressed,
    welcome_answered,
)
from gateway.inbound.hold import hold_mail
from gateway.inbound.messages import InboundMail, Outcome, Received
from gateway.inbound.new_topic import NEW_TOPIC, begun_before, is_over, looks_new
from gateway.inbound.once import TakeIn, once
from gateway.inbound.owner_mail import hold_unreadable, receive_answer
from gateway.inbound.remarks import doubt_of
from gateway.inbound.welcomed import receive_welcome_answer
from gateway.models import (
    Attachment,
    Business,
    CustomerMessage,
    EndedAddress,
    HeldReason,
    Membership,
)
from gateway.outbound.render_mail import own_address
from gateway.participants import where_now
from gateway.people import member_with
from gateway.tokens import signed_in

Files = list[Attachment]

SUSPECTED = gettext_lazy("The mail provider takes this mail for spam, so nobody was notified.")
CAME_BACK = gettext_lazy("It is a mail of ours that came back.")
FRESH = gettext_lazy(
    "A fresh mail to the reply address of “%(subject)s”; it may be about something else."
)
DELETED = gettext_lazy("Sent to the reply address of a conversation that was deleted.")


def receive_mail(mail: InboundMail) -> tuple[Received, ...]:
    """Takes a mail in, once for each conversation or business that it is for."""
    if _is_ours(mail):
        mail = replace(mail, automatic=mail.automatic or str(CAME_BACK))
    key = f"mail:{mail.fingerprint}"
    return tuple(
        once(":".join(filter(None, (key, whose))), mail.files, take_in)
        for whose, take_in in _takings(mail)
    )


def _takings(mail: InboundMail) -> list[tuple[str, TakeIn]]:
    """For whom the mail is, and what is to be done with it there."""
    addressed, ended = businesses_addressed(mail), ended_addresses(mail)
    writers = find_writers(mail, [*addressed, *(each.business for each in ended)])
    spoken_to = dict.fromkeys(writer.participant.message.business for writer in writers)
    businesses = [business for business in addressed if business not in spoken_to]
    reached = [*spoken_to, *businesses]
    welcome = welcome_answered(mail)
    takings: list[tuple[str, TakeIn]] = []
    if welcome is not None:  # first: the address that it shows counts in what follows
        takings.append((str(welcome.pk), partial(receive_welcome_answer, mail, welcome)))
    if mail.unreadable:
        takings += [_unreadable(mail, business, writers) for business in reached]
    else:
        takings += [(str(w.participant.pk), partial(_from_participant, mail, w)) for w in writers]
        takings += [(str(b.pk), partial(_to_public_address, mail, b)) for b in businesses]
    takings += [
        (str(each.business_id), partial(_to_ended_address, mail, each))
        for each in ended
        if each.business not in reached
    ]
    return takings or [_without_business(mail)]


def _unreadable(mail: InboundMail, business: Business, writers: list[Writer]) -> tuple[str, TakeIn]:
    """Once for a business, whichever of its addresses are among the recipients."""
    own = [writer for writer in writers if writer.participant.message.business == business]
    return f"unreadable:{business.pk}", partial(_hold_unreadable, mail, business, own)


def _hold_unreadable(
    mail: InboundMail, business: Business | None, writers: list[Writer], files: Files
) -> Received:
    for writer in (replace(each, participant=where_now(each.participant)) for each in writers):
        if writer.participant.membership is not None:
            return hold_unreadable(mail, writer, writer.participant.membership, files)
    return hold_mail(mail, HeldReason.UNREADABLE, files, business=business)


def _without_business(mail: InboundMail) -> tuple[str, TakeIn]:
    """What becomes of a mail of which no recipient leads to a business."""
    if mail.unreadable and not mail.recipients:
        return "", partial(_hold_unreadable, mail, None, [])
    is_to_us = any(map(_is_own, mail.recipients))
    if is_to_us and not (mail.automatic or mail.is_spam):
        return "own_address", partial(_to_own_address, mail)
    return "", _to_nobody


def _to_own_address(mail: InboundMail, files: Files) -> Received:
    """A person wrote to where our mail comes from: mail programs complete it from what they once received."""
    business = business_that_knows(mail.from_address) if _proven_at(mail) else None
    member = member_with(business, Channel.EMAIL, mail.from_address) if business else None
    reason = HeldReason.MEMBER_WROTE if member else HeldReason.OWN_ADDRESS
    reason = HeldReason.UNREADABLE if mail.unreadable else reason
    return hold_mail(mail, reason, files, membership=member, business=business)


def _to_nobody(files: Files) -> Received:
    return Received(Outcome.SPAM, _("None of the recipients is an address of ours."))


def _to_ended_address(mail: InboundMail, ended: EndedAddress, files: Files) -> Received:
    if mail.automatic:
        return Received(Outcome.AUTOMATIC, mail.automatic)
    member = member_with(ended.business, Channel.EMAIL, mail.from_address)
    if member is not None or ended.is_members or mail.unreadable:
        reason = HeldReason.UNREADABLE if mail.unreadable else HeldReason.EXPIRED
        is_his = mail.dmarc != "fail"
        speaks_for = member if is_his else None
        return hold_mail(mail, reason, files, membership=speaks_for, business=ended.business)
    letter = _letter(mail, files, "ended", str(DELETED), _doubt(mail, True))
    return _open(mail, ended.business, letter)


def _from_participant(mail: InboundMail, writer: Writer, files: Files) -> Received:
    writer = replace(writer, participant=where_now(writer.participant))
    member, message = writer.participant.membership, writer.participant.message
    if member is not None:
        return receive_answer(mail, writer, member, files)
    ours = _member_speaking(mail, message)
    if ours is not None:
        reason = HeldReason.MEMBER_WROTE
        return hold_mail(mail, reason, files, message=message, membership=ours)
    partner = partner_at(message, mail.from_address)
    if partner is not None and not has_address(message.contact, Channel.EMAIL, partner.address):
        return _from_partner(mail, message, partner, writer.note, files)
    known = came_from(message.contact, Channel.EMAIL, mail.from_address, _proven_at(mail))
    notes = [writer.note, _doubt(mail, known), str(SUSPECTED) if mail.is_spam else ""]
    if looks_new(mail, message):
        return _with_new_subject(mail, message, writer.step, notes, files)
    letter = _letter(mail, files, writer.step, *notes)
    return Received.filed(continue_conversation(message, letter), mail.automatic)


def _with_new_subject(
    mail: InboundMail, message: CustomerMessage, step: str, notes: list[str], files: Files
) -> Received:
    take_turns(message)
    begun = begun_before(mail, message)
    if begun is not None:
        return Received.filed(continue_conversation(begun, _letter(mail, files, step, *notes)))
    notes = [*notes, str(FRESH) % {"subject": message.subject}]
    if not is_over(message):
        return Received.filed(continue_conversation(message, _letter(mail, files, step, *notes)))
    letter = _letter(mail, files, NEW_TOPIC, *notes)
    new = open_conversation(message.business, message.contact, letter, follows=message)
    return Received.filed(new)


def _from_partner(
    mail: InboundMail, message: CustomerMessage, partner: Partner, note: str, files: Files
) -> Received:
    """Somebody on copy answers all, or us alone: it is for the business, and never goes on to the customer."""
    if _proven_at(mail):
        arrives_again(message, partner.address)
    notes = [note, _doubt(mail, True), str(SUSPECTED) if mail.is_spam else ""]
    if looks_new(mail, message):
        notes.append(str(FRESH) % {"subject": message.subject})
    letter = _letter(mail, files, "copy", *notes)
    name = letter.from_name or partner.name or partner.address
    letter = replace(letter, from_name=name, by_partner=True)
    return Received.filed(add_to_conversation(message, letter), mail.automatic)


def _member_speaking(mail: InboundMail, message: CustomerMessage) -> Membership | None:
    """A member who got hold of the customer's reply address; not one who tries out being a customer."""
    if mail.automatic or has_address(message.contact, Channel.EMAIL, mail.from_address):
        return None
    return member_with(message.business, Channel.EMAIL, mail.from_address)


def _to_public_address(mail: InboundMail, business: Business, files: Files) -> Received:
    member = member_with(business, Channel.EMAIL, mail.from_address)
    if member is not None and not mail.automatic:
        return hold_mail(mail, HeldReason.MEMBER_WROTE, files, membership=member)
    letter = _letter(mail, files, "public_address", _doubt(mail, True))
    return _open(mail, business, letter)


def _open(mail: InboundMail, business: Business, letter: Letter) -> Received:
    contact = contact_for_address(
        business, Channel.EMAIL, mail.from_address, mail.from_name, _proven_at(mail)
    )
    listing = listing_addressed(mail, business)
    message = open_conversation(business, contact, letter, listing=listing)
    return Received.filed(message, mail.automatic)


def _is_ours(mail: InboundMail) -> bool:
    """By its Message-ID; who passes mail on may have given it another, but not another From."""
    by_id = bool(mail.message_id) and signed_in(mail.message_id) is not None
    return by_id or _is_own(mail.from_address)


def _is_own(address: str) -> bool:
    """Whether all our mail comes from there."""
    return normalize(Channel.EMAIL, address) == normalize(Channel.EMAIL, own_address())


def _proven_at(mail: InboundMail) -> datetime | None:
    """When somebody showed that this address is his own; anybody may write it into a forged mail's From."""
    return None if mail.automatic or mail.dmarc == "fail" else _received_at(mail)


def _received_at(mail: InboundMail) -> datetime:
    return mail.received_at or timezone.now()


def _doubt(mail: InboundMail, is_known: bool) -> str:
    return doubt_of(mail.from_address, mail.dmarc, is_known)


def _letter(mail: InboundMail, files: Files, step: str, *notes: str) -> Letter:
    return Letter(
        channel=Channel.EMAIL,
        text=mail.text,
        at=_received_at(mail),
        filed_by=step,
        filed_note=" ".join(str(note) for note in notes if note),
        from_address=mail.from_address,
        from_name=mail.from_name,
        subject=mail.subject,
        quoted=mail.quoted,
        language=mail.language,
        is_automatic=bool(mail.automatic),
        is_spam=mail.is_spam,
        seal=mail.seal,
        attachments=files,
        mail_id=mail.message_id,
    )
