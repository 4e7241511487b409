"""Holds what names no business and asks its writer, under the lock on (our number, their address)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Delivery, Sender
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.suppression import scopes_of, suppressed
from gateway.addresses import forms_of, is_phone, normalize
from gateway.asking.buttons import with_buttons
from gateway.asking.options import Possible, options_of, possible_on
from gateway.asking.words import words_in
from gateway.conf import answer_within
from gateway.inbound.hold import hold_text
from gateway.inbound.messages import InboundText, Received
from gateway.inbound.whatsapp_users import holder_since
from gateway.links import QUESTION_LINK_LIFE, question_url
from gateway.models import Attachment, HeldItem, HeldReason, Kind, Option, Question
from gateway.outbound.ways import WHATSAPP_WINDOW
from gateway.routes import lane_of

# Who writes in several pieces is asked once; who does not answer, and a machine that answers
# everything, is not asked for ever.
AT_ONCE = timedelta(minutes=10)
MOST_A_DAY = 3
DAY = timedelta(days=1)
# The link must still get through before WhatsApp closes.
BEFORE_THE_WINDOW_CLOSES = WHATSAPP_WINDOW - timedelta(hours=1)
PURPOSE = "question"


def ask_and_hold(text: InboundText, sender: Sender, files: list[Attachment]) -> Received:
    """Holds a text that names no business; its writer is asked where he may be. In the caller's transaction.

    There is one living question a pair: what comes while it lives joins what is held for it.
    """
    question = _question_for(text, sender) if normalize(sender.channel, text.from_address) else None
    return hold_text(text, HeldReason.SHARED_NUMBER, files, sender, question=question)


def living_question(sender: Sender, address: str) -> Question | None:
    """What this address was asked from this number and has not answered."""
    living = Question.objects.filter(
        sender=sender, normalized=normalize(sender.channel, address), settled_at=None
    )
    return living.select_related("delivery", "sender").first()


def put(
    sender: Sender, address: str, kind: Kind, possible: Possible, *, may_send: bool
) -> Question:
    """Puts a question in place of the living one, whose held items it takes over, and sends it."""
    now = timezone.now()
    previous = living_question(sender, address)
    if previous is not None:
        Question.objects.filter(pk=previous.pk).update(settled_at=now, due_at=None)
    question = Question.objects.create(
        sender=sender,
        normalized=normalize(sender.channel, address),
        address=address,
        kind=kind,
        language=possible.language,
        due_at=_due(sender, kind, previous, now),
    )
    options = options_of(kind, possible)
    for option in options:
        option.question = question
    Option.objects.bulk_create(options)
    if previous is not None:
        HeldItem.objects.filter(question=previous, settlement="").update(question=question)
    if may_send:
        question.delivery = send(question, _as_message(question, options))
        question.asked_at = now
        question.save(update_fields=["delivery", "asked_at"])
    return question


def send(question: Question, message: Rendered) -> Delivery:
    """Puts what we say to the customer in the outbox, behind whatever else goes to him."""
    return enqueue(
        channel=question.sender.channel,
        to_address=question.address,
        sender=question.sender,
        rendered=message,
        purpose=PURPOSE,
        lane=lane_of(question.sender_id, question.address),
    )


def may_write(sender: Sender, address: str, written_at: datetime, service: str = "") -> bool:
    """Whether we may answer a text of our own accord.

    Not who said STOP, not a number of ours (it would answer us), not what is no person's phone
    (short codes, names), and not after WhatsApp has closed.
    """
    normalized = normalize(sender.channel, address)
    forms = forms_of(sender.channel, address)
    ours = Sender.objects.filter(channel__in=PHONE_CHANNELS, address__in=forms)
    if not sender.is_active or ours.exists():
        return False
    if sender.channel == Channel.WHATSAPP:
        if written_at + WHATSAPP_WINDOW <= timezone.now():
            return False
    elif not is_phone(normalized):
        return False
    scopes = scopes_of(sender, service)
    return not suppressed((sender.channel, scope, address) for scope in scopes)


def _question_for(text: InboundText, sender: Sender) -> Question:
    at, address = text.received_at or timezone.now(), text.from_address
    living = living_question(sender, address)
    possible = possible_on(sender, address, holder_since(text))
    kind = Kind.TOPIC if possible.businesses else Kind.UNKNOWN
    may_send = may_write(sender, address, at, text.messaging_service) and not _is_braked(
        sender, address, kind
    )
    if living is not None and not may_send:
        return living
    return put(sender, address, kind, possible, may_send=may_send)


def _is_braked(sender: Sender, address: str, kind: Kind) -> bool:
    now = timezone.now()
    since = now - (QUESTION_LINK_LIFE if kind == Kind.UNKNOWN else DAY)
    asked = Question.objects.filter(
        sender=sender,
        normalized=normalize(sender.channel, address),
        created_at__gte=since,
        asked_at__isnull=False,
    )
    if kind == Kind.UNKNOWN:
        return asked.filter(kind=kind).exists()
    return asked.filter(asked_at__gt=now - AT_ONCE).exists() or asked.count() >= MOST_A_DAY


def _due(sender: Sender, kind: Kind, previous: Question | None, now: datetime) -> datetime | None:
    """When it is too late to answer: counted from the first of what is held, however often we ask."""
    if kind == Kind.UNKNOWN:
        return None  # he has the link, and nobody else is concerned
    within = answer_within()
    if sender.channel == Channel.WHATSAPP:
        within = min(within, BEFORE_THE_WINDOW_CLOSES)
    due = now + within
    return min(due, previous.due_at) if previous and previous.due_at else due


def _as_message(question: Question, options: list[Option]) -> Rendered:
    words = words_in(question.language)
    if question.kind == Kind.UNKNOWN:
        return Rendered(text=words.unknown.format(url=question_url(question)))
    template = words.topic if question.kind == Kind.TOPIC else words.business
    text = template.format(options=", ".join(map(str, options)))
    return with_buttons(question, options, text)
