"""The door in: every message that comes from outside passes here, whatever brought it.

It knows neither HTTP nor providers. One transaction takes a message in whole: the row, its counters,
its routes, its receipt and the owner's rendered notification.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from django.db import transaction
from django.utils import timezone

from channels_out.channel import Channel
from gateway.addresses import clean, plain_name
from gateway.inbound.contacts import contact_for_form
from gateway.inbound.filing import Letter, continue_conversation, open_conversation
from gateway.inbound.language import language_of
from gateway.inbound.mails import receive_mail
from gateway.inbound.messages import (
    InboundFollowUp,
    InboundForm,
    InboundMail,
    InboundText,
    Outcome,
    Received,
)
from gateway.inbound.once import once
from gateway.inbound.texts import receive_text
from gateway.metrics import count_received
from gateway.models import Attachment
from gateway.people import People
from gateway.words import TAKEN_DOWN

# A WhatsApp user id is `US.` and up to 128 characters (Twilio, business-scoped user ids).
LONGEST_WRITER = 140


def receive(
    inbound: InboundForm | InboundFollowUp | InboundText | InboundMail,
) -> tuple[Received, ...]:
    """Takes one message in and says how it ended; a mail for several conversations ends several times.

    Taking in the same message again changes nothing and gives the first answer as a duplicate. A
    form has nothing to know it by again: whoever sends it sees to it that it comes once.
    """
    # Before the transaction: it takes time that nobody shall wait for under a lock.
    received = _received(replace(inbound, language=language_of(inbound.text)))
    count_received(inbound.channel, received)
    return received


def _received(
    inbound: InboundForm | InboundFollowUp | InboundText | InboundMail,
) -> tuple[Received, ...]:
    match inbound:
        case InboundForm():
            named = replace(inbound, sender_name=plain_name(inbound.sender_name))
            return (_receive_form(named),)
        case InboundFollowUp():
            key = f"link:{inbound.message.pk}:{inbound.key}"
            return (once(key, inbound.files, partial(_receive_follow_up, inbound)),)
        case InboundText():
            text = replace(
                inbound,
                from_name=plain_name(inbound.from_name),
                from_address=clean(inbound.from_address)[:LONGEST_WRITER],
                alias=clean(inbound.alias)[:LONGEST_WRITER],
            )
            return (once(text.key, text.files, partial(receive_text, text)),)
        case InboundMail():
            return receive_mail(replace(inbound, from_name=plain_name(inbound.from_name)))


@transaction.atomic
def _receive_form(form: InboundForm) -> Received:
    contact = contact_for_form(form)
    letter = Letter(
        channel=Channel.WEB,
        text=form.text,
        at=timezone.now(),
        filed_by="form",
        language=form.language,
        from_name=form.sender_name,
        subject=form.subject,
    )
    if form.taken_by is not None:  # who took it down need not be told
        channel, nobody = Channel(form.reply_by), People(())
        letter = replace(letter, channel=channel, filed_by=TAKEN_DOWN, people=nobody)
    message = open_conversation(
        form.business,
        contact,
        letter,
        recipient=form.taken_by.user if form.taken_by else form.recipient,
        sender=form.sender,
        listing=form.listing,
        sender_email=form.sender_email,
        sender_phone=form.sender_phone,
        reply_by=form.reply_by,
        context=form.context or {},
    )
    return Received(Outcome.FILED, message=message)


def _receive_follow_up(written: InboundFollowUp, files: list[Attachment]) -> Received:
    letter = Letter(
        channel=Channel.WEB,
        text=written.text,
        at=timezone.now(),
        filed_by="link",
        language=written.language,
        from_name=written.message.sender_name,
        attachments=files,
    )
    return Received.filed(continue_conversation(written.message, letter))
