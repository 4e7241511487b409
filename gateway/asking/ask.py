"""Holds what names no business and asks its writer, under the lock on (our number, their address)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Delivery, Sender
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.suppression import scopes_of, suppressed
from gateway.addresses import forms_of, is_phone, normalize
from gateway.asking.breath import first_words
from gateway.asking.buttons import with_buttons
from gateway.asking.options import Possible, options_of, possible_on
from gateway.asking.words import words_in
from gateway.conf import answer_within
from gateway.inbound.hold import hold_text
from gateway.inbound.messages import InboundText, Received
from gateway.inbound.whatsapp_users import holder_since, same_since
from gateway.links import QUESTION_LINK_LIFE, question_url
from gateway.models import Attachment, HeldItem, HeldReason, Kind, Option, Question
from gateway.outbound.ways import WHATSAPP_WINDOW
from gateway.routes import lane_of

# Who is still typing is not asked at every piece.
PAUSE = timedelta(minutes=10)
# Who does not answer, and a machine that answers everything, is not asked for ever.
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
    received = hold_text(text, HeldReason.SHARED_NUMBER, files, sender, question=question)
    if question is not None and question.about_id is None:
        Question.objects.filter(pk=question.pk).update(about=received.held)
    return received


def living_question(sender: Sender, address: str) -> Question | None:
    """What this address was asked from this number and has not answered."""
    living = Question.objects.filter(
        sender=sender, normalized=normalize(sender.channel, address), settled_at=None
    )
    return living.select_related("delivery", "sender").first()


def ask_next(question: Question, item: HeldItem, *, may_send: bool) -> None:
    """Asks about what is left of a question that was answered: an item, and what stands with it."""
    sender, address = question.sender, question.address
    possible = possible_on(sender, address, same_since(sender.channel, address, item.created_at))
    kind = Kind.TOPIC if possible.businesses else Kind.UNKNOWN
    may_send = may_send and may_write(sender, address, item.created_at)
    may_send = may_send and not _was_asked_enough(sender, address)
    put(sender, address, kind, possible, item, may_send=may_send, previous=question)


def put(
    sender: Sender,
    address: str,
    kind: Kind,
    possible: Possible,
    about: HeldItem | InboundText,
    *,
    may_send: bool,
    previous: Question | None = None,
) -> Question:
    """Puts a question in place of the living one, or of `previous`, whose held items it takes over, and sends it.

    It is `about` something that is held, or a text that will be.
    """
    now = timezone.now()
    previous = previous or living_question(sender, address)
    if previous is not None and previous.settled_at is None:
        Question.objects.filter(pk=previous.pk).update(settled_at=now, due_at=None)
    question = Question.objects.create(
        sender=sender,
        normalized=normalize(sender.channel, address),
        address=address,
        kind=kind,
        language=possible.language,
        due_at=_due(sender, kind, previous, now),
        about=about if isinstance(about, HeldItem) else None,
    )
    options = options_of(kind, possible)
    for option in options:
        option.question = question
    Option.objects.bulk_create(options)
    if previous is not None:
        HeldItem.objects.filter(question=previous, settlement="").update(question=question)
    if may_send:
        question.delivery = send(question, _as_message(question, options, first_words(about.text)))
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
    return put(sender, address, kind, possible, text, may_send=may_send)


def _is_braked(sender: Sender, address: str, kind: Kind) -> bool:
    if kind == Kind.UNKNOWN:
        return _asked(sender, address, QUESTION_LINK_LIFE).filter(kind=kind).exists()
    return _asked(sender, address, PAUSE).exists() or _was_asked_enough(sender, address)


def _was_asked_enough(sender: Sender, address: str) -> bool:
    return _asked(sender, address, DAY).count() >= MOST_A_DAY


def _asked(sender: Sender, address: str, within: timedelta) -> QuerySet[Question]:
    """What this address was asked from this number within so long."""
    return Question.objects.filter(
        sender=sender,
        normalized=normalize(sender.channel, address),
        created_at__gte=timezone.now() - within,
        asked_at__isnull=False,
    )


def _due(sender: Sender, kind: Kind, previous: Question | None, now: datetime) -> datetime | None:
    """When it is too late to answer: counted from the first of what is held, however often we ask."""
    if kind == Kind.UNKNOWN:
        return None  # he has the link, and nobody else is concerned
    within = answer_within()
    if sender.channel == Channel.WHATSAPP:
        within = min(within, BEFORE_THE_WINDOW_CLOSES)
    due = now + within
    return min(due, previous.due_at) if previous and previous.due_at else due


def _as_message(question: Question, options: list[Option], said: str) -> Rendered:
    words = words_in(question.language)
    if question.kind == Kind.UNKNOWN:
        return Rendered(text=words.unknown.format(url=question_url(question)))
    template = words.topic if question.kind == Kind.TOPIC else words.business
    asked = template.format(options=", ".join(map(str, options)))
    text = f"{words.wrote.format(said=said)} {asked}" if said else asked
    return with_buttons(question, options, text)
