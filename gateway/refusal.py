"""The note that tells a writer that what he wrote was refused: where it may go, and where it would hurt somebody.

What is held is often not surely from whom it names. A note to a forged address reaches somebody who wrote
nothing, so without a sign that the writer has that address there is none.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Sender
from channels_out.outbox import enqueue
from channels_out.state import OnDoubt
from channels_out.suppression import scopes_of, suppressed
from gateway.addresses import forms_of, is_email, is_ours, normalize
from gateway.asking.ask import may_write
from gateway.models import ContactAddress, HeldItem, HeldReason, MemberAddress
from gateway.outbound.brakes import refused_often
from gateway.outbound.render_news import mail_of_refusal, text_of_refusal
from gateway.routes import lane_of

PURPOSE = "refusal"
LONGEST_WORDS = 500


def why_not_told(items: Sequence[HeldItem]) -> dict[uuid.UUID, str]:
    """For each item why its writer cannot be told that it is refused, or nothing where he can.

    In a constant number of queries for what came by mail.
    """
    mails = [item for item in items if item.channel == Channel.EMAIL]
    addresses = {_same(item) for item in mails}
    shown = set(
        MemberAddress.objects.filter(
            channel=Channel.EMAIL, address__in=addresses, verified_at__isnull=False
        ).values_list("address", flat=True)
    )
    keys = {(str(Channel.EMAIL), scope, same) for same in addresses for scope in scopes_of(None)}
    stopped = {address for _channel, _scope, address in suppressed(keys)}
    stopped |= set(
        ContactAddress.objects.filter(
            channel=Channel.EMAIL, normalized__in=addresses, bounced_at__isnull=False
        ).values_list("normalized", flat=True)
    )
    often = refused_often(items)
    found = {}
    for item in items:
        reason = _by_mail(item, shown, stopped) if item in mails else _by_phone(item)
        found[item.pk] = reason or (
            _("%(address)s was told several times within an hour.") % {"address": item.from_address}
            if item in often
            else ""
        )
    return found


def tell_of_refusal(item: HeldItem, number: Sender | None, words: str) -> None:
    """Puts the note in the outbox, with what the person who refused says; in the transaction that refuses."""
    if number is None:
        enqueue(
            channel=Channel.EMAIL,
            to_address=item.from_address,
            rendered=mail_of_refusal(item, words),
            purpose=PURPOSE,
            lane=f"refusal:{item.pk}",
            on_doubt=OnDoubt.RESEND,
        )
        return
    enqueue(
        channel=number.channel,
        to_address=item.from_address,
        sender=number,
        rendered=text_of_refusal(item, words),
        purpose=PURPOSE,
        lane=lane_of(number.pk, item.from_address),
    )


def number_of(item: HeldItem) -> Sender | None:
    """The number of ours that a held text was sent to."""
    if item.channel not in PHONE_CHANNELS:
        return None
    forms = forms_of(item.channel, item.to_address)
    return Sender.objects.filter(channel=item.channel, address__in=forms).first()


def _same(item: HeldItem) -> str:
    return normalize(item.channel, item.from_address)


def _by_mail(item: HeldItem, shown: set[str], stopped: set[str]) -> str:
    address = item.from_address
    if item.is_automatic:
        return _("A machine wrote it, and machines are not answered.")
    if not is_email(address) or is_ours(address):
        return _("It does not come from an address of a mailbox.")
    if item.dmarc == "fail" or item.reason == HeldReason.FAILED_DMARC:
        words = _(
            "The domain of %(address)s says that it did not send this mail: a note would reach"
            " somebody who wrote nothing."
        )
        return words % {"address": address}
    if item.dmarc != "pass" and _same(item) not in shown:
        words = _(
            "Nothing shows that it truly came from %(address)s: a note could reach somebody who"
            " wrote nothing."
        )
        return words % {"address": address}
    words = _("%(address)s does not want or does not take our mail.")
    return words % {"address": address} if _same(item) in stopped else ""


def _by_phone(item: HeldItem) -> str:
    number = number_of(item)
    if number is None:
        return _("It was sent to a number that is none of ours, so there is none to answer from.")
    if item.question and item.question.asked_at and item.question.settled_at is None:
        return _(
            "The writer was asked for whom it is, and can still answer: a note would confuse him."
        )
    if not may_write(number, item.from_address, item.created_at):
        return _(
            "The writer cannot be texted: he said STOP, WhatsApp has closed, or it is no person's"
            " phone."
        )
    return ""
