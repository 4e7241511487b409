"""The door in: every message that comes from outside passes here, whatever brought it.

It knows neither HTTP nor providers. One transaction takes a message in whole: the row, its counters,
its routes, its receipt and the owner's rendered notification.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.consent import hear
from gateway.files import stored
from gateway.inbound.contacts import came_from, contact_for_address, contact_for_form
from gateway.inbound.filing import Letter, add_to_conversation, open_conversation
from gateway.inbound.find_mail import Writer, businesses_addressed, find_writers
from gateway.inbound.find_text import Found, find_text
from gateway.inbound.hold import hold_mail, hold_text
from gateway.inbound.messages import (
    InboundFollowUp,
    InboundForm,
    InboundMail,
    InboundText,
    Outcome,
    Received,
)
from gateway.inbound.owner_mail import member_writing_to, receive_answer
from gateway.models import (
    Attachment,
    Business,
    Contact,
    CustomerMessage,
    HeldReason,
    Membership,
    Receipt,
)
from gateway.routes import lock_pair, passed_inbound

Files = list[Attachment]


def receive(
    inbound: InboundForm | InboundFollowUp | InboundText | InboundMail,
) -> tuple[Received, ...]:
    """Takes one message in and says how it ended; a mail for several conversations ends several times.

    Taking in the same message again changes nothing and gives the first answer as a duplicate.
    """
    if isinstance(inbound, InboundForm):
        return (receive_form(inbound),)
    with stored(inbound.files) as files:
        if isinstance(inbound, InboundFollowUp):
            return (_once(inbound.key, partial(_follow_up, inbound, files)),)
        if isinstance(inbound, InboundText):
            return (_once(inbound.key, partial(_receive_text, inbound, files)),)
        return _receive_mail(inbound, files)


@transaction.atomic
def receive_form(form: InboundForm) -> Received:
    """A new conversation from the form or the REST call."""
    contact = contact_for_form(form)
    letter = Letter(
        channel=Channel.WEB,
        text=form.text,
        at=timezone.now(),
        filed_by="form",
        from_name=form.sender_name,
        subject=form.subject,
    )
    message = open_conversation(
        form.business,
        contact,
        letter,
        recipient=form.recipient,
        sender=form.sender,
        listing=form.listing,
        sender_email=form.sender_email,
        sender_phone=form.sender_phone,
        reply_by=form.reply_by,
        context=form.context or {},
    )
    return Received(Outcome.FILED, message=message)


def _follow_up(written: InboundFollowUp, files: Files) -> Received:
    letter = Letter(
        channel=Channel.WEB,
        text=written.text,
        at=timezone.now(),
        filed_by="link",
        from_name=written.message.sender_name,
        attachments=files,
    )
    reply = add_to_conversation(written.message, letter)
    return Received(Outcome.FILED, message=written.message, reply=reply)


def _receive_text(text: InboundText, files: Files) -> Received:
    sender = Sender.objects.filter(channel=text.channel, address=text.our_address).first()
    if sender is None:
        return hold_text(text, HeldReason.UNKNOWN_NUMBER, files)
    lock_pair(sender, text.from_address)
    hear(sender, text.from_address, text.text)
    found = find_text(text, sender)
    if found is None:
        return hold_text(text, HeldReason.SHARED_NUMBER, files, sender)
    return _file_text(text, sender, found, files)


def _file_text(text: InboundText, sender: Sender, found: Found, files: Files) -> Received:
    now = timezone.now()
    letter = Letter(
        channel=text.channel,
        text=text.text,
        at=now,
        filed_by=found.step,
        filed_note=found.note,
        from_address=text.from_address,
        from_name=text.from_name,
        attachments=files,
    )
    message, reply = found.message, None
    if message is not None:
        came_from(message.contact, text.channel, text.from_address, now)
        reply = add_to_conversation(message, letter)
    else:
        contact = contact_for_address(
            found.business, text.channel, text.from_address, text.from_name, now
        )
        message = open_conversation(found.business, contact, letter, sender_phone=text.from_address)
    passed_inbound(message, sender, text.from_address, now)
    return Received(Outcome.FILED, message=message, reply=reply)


def _receive_mail(mail: InboundMail, files: Files) -> tuple[Received, ...]:
    key = f"mail:{mail.fingerprint}"
    if mail.unreadable:
        return (_once(key, partial(hold_mail, mail, HeldReason.UNREADABLE, files)),)
    writers = find_writers(mail)
    if writers:
        return tuple(
            _once(f"{key}:{w.participant.pk}", partial(_receive_from, mail, w, files))
            for w in writers
        )
    businesses = businesses_addressed(mail)
    if businesses:
        return tuple(
            _once(f"{key}:{b.pk}", partial(_receive_new, mail, b, files)) for b in businesses
        )
    reason = "None of the recipients is an address of ours."
    return (_once(key, lambda: Received(Outcome.SPAM, reason)),)


def _receive_from(mail: InboundMail, writer: Writer, files: Files) -> Received:
    member = writer.participant.membership
    if member is not None:
        return receive_answer(mail, writer, member, files)
    message = writer.participant.message
    if message.deleted_at:
        return _open_by_mail(mail, message.business, files, message.contact, writer.step)
    return _add_by_mail(mail, writer, message, files)


def _receive_new(mail: InboundMail, business: Business, files: Files) -> Received:
    member: Membership | None = member_writing_to(mail, business)
    if member is not None:
        return hold_mail(mail, HeldReason.MEMBER_WROTE, files, membership=member)
    return _open_by_mail(mail, business, files, None, "public_address")


def _add_by_mail(
    mail: InboundMail, writer: Writer, message: CustomerMessage, files: Files
) -> Received:
    known = came_from(message.contact, Channel.EMAIL, mail.from_address, timezone.now())
    strange = (
        ""
        if known
        else f"Written from {mail.from_address}, which is not an address of this customer."
    )
    letter = _letter(mail, files, writer.step, " ".join(filter(None, (writer.note, strange))))
    reply = add_to_conversation(message, letter)
    return Received(_mail_outcome(mail), mail.automatic, message=message, reply=reply)


def _open_by_mail(
    mail: InboundMail, business: Business, files: Files, contact: Contact | None, step: str
) -> Received:
    contact = contact or contact_for_address(
        business, Channel.EMAIL, mail.from_address, mail.from_name, timezone.now()
    )
    letter = _letter(mail, files, step, "")
    message = open_conversation(business, contact, letter, sender_email=mail.from_address[:254])
    return Received(_mail_outcome(mail), mail.automatic, message=message)


def _letter(mail: InboundMail, files: Files, step: str, note: str) -> Letter:
    return Letter(
        channel=Channel.EMAIL,
        text=mail.text,
        at=timezone.now(),
        filed_by=step,
        filed_note=note,
        from_address=mail.from_address,
        from_name=mail.from_name,
        subject=mail.subject,
        quoted=mail.quoted,
        is_automatic=bool(mail.automatic),
        is_spam=mail.is_spam,
        attachments=files,
    )


def _mail_outcome(mail: InboundMail) -> Outcome:
    if mail.automatic:
        return Outcome.AUTOMATIC
    return Outcome.SPAM if mail.is_spam else Outcome.FILED


def _once(key: str, take_in: Callable[[], Received]) -> Received:
    """Runs `take_in` in one transaction with a receipt; a second time the receipt answers."""
    with transaction.atomic():
        receipt, fresh = Receipt.objects.select_related("message", "reply", "held").get_or_create(
            key=key
        )
        if not fresh:
            return Received(
                Outcome.DUPLICATE, receipt.outcome, receipt.message, receipt.reply, receipt.held
            )
        received = take_in()
        receipt.outcome, receipt.detail = received.outcome, received.detail
        receipt.message, receipt.reply, receipt.held = (
            received.message,
            received.reply,
            received.held,
        )
        receipt.save()
        return received
