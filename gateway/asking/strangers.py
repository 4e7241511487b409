"""How many writers whom no business knows a number asks, and of which countries.

No business's budget pays for these questions, and whoever texts from thousands of numbers may earn by each answer.
"""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Sender
from channels_out.outgoing import Rendered
from gateway import conf, metrics
from gateway.addresses import calling_code_of, normalize
from gateway.links import whole_url
from gateway.models import (
    CustomerMessage,
    Direction,
    MessageReply,
    Route,
    StrangersAsked,
    Unasked,
)
from gateway.outbound.limits import country_at, server_day
from gateway.outbound.render_mail import from_gateway
from gateway.telling.staff import mail_to_staff


def why_unasked(sender: Sender, address: str) -> Unasked | None:
    """Why this writer may not be asked; None: he is known, or counted. In the transaction that asks him.

    The first of a day who is one too many is told to staff.
    """
    if is_known(sender, address):
        return None
    if _is_abroad(sender, address):
        return Unasked.ABROAD
    if _count(sender):
        return None
    metrics.count_braked("question")
    untold = _today(sender).filter(staff_told_at=None)
    if untold.update(staff_told_at=timezone.now()):
        _tell_staff(sender)
    return Unasked.SPENT


def is_known(sender: Sender, address: str) -> bool:
    """Whether a business wrote to this address, or had a form or a mail of who has it.

    What he texts himself makes nobody known, whomever it names, nor does what a machine answers.
    """
    normalized = normalize(sender.channel, address)
    written = Route.objects.filter(
        Exists(_answers_in("message")),
        sender=sender,
        normalized=normalized,
        last_outbound_at__isnull=False,
    )
    his = CustomerMessage.objects.filter(
        ~Q(channel__in=PHONE_CHANNELS) | Exists(_answers_in("pk")),
        contact__addresses__channel=sender.channel,
        contact__addresses__normalized=normalized,
        is_spam=False,
    )
    return written.exists() or his.exists()


def _answers_in(message: str) -> QuerySet[MessageReply]:
    return MessageReply.objects.filter(
        message=OuterRef(message), direction=Direction.OUTBOUND, is_automatic=False
    )


def _is_abroad(sender: Sender, address: str) -> bool:
    """Of texts alone: no network earns by an answer on WhatsApp."""
    if sender.channel != Channel.SMS:
        return False
    allowed = {country_at(sender)} - {""} | conf.text_countries()
    _code, country = calling_code_of(normalize(sender.channel, address))
    return bool(allowed) and country not in allowed


def _count(sender: Sender) -> bool:
    """Whether there was room for one more today."""
    StrangersAsked.objects.get_or_create(sender=sender, day=server_day())
    room = _today(sender).filter(asked__lt=conf.questions_per_day())
    return bool(room.update(asked=F("asked") + 1))


def _today(sender: Sender) -> QuerySet[StrangersAsked]:
    return StrangersAsked.objects.filter(sender=sender, day=server_day())


def _tell_staff(sender: Sender) -> None:
    context = {
        "number": sender.address,
        "most": conf.questions_per_day(),
        "url": whole_url(reverse("gateway:held")),
    }
    mail = Rendered(
        text=render_to_string("gateway/mail/strangers.txt", context),
        subject=_("%(number)s asks no more unknown numbers today") % context,
        from_header=from_gateway(),
        headers=(("Auto-Submitted", "auto-generated"),),
    )
    mail_to_staff(mail, f"strangers:{sender.pk}:{server_day()}")
