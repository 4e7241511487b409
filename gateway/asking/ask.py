"""Holds what names no business and asks its writer, under the lock on (our number, their address)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.models import Delivery, DeliveryAttempt, Sender
from channels_out.outbox import enqueue
from channels_out.outgoing import Rendered
from channels_out.sms import plain
from channels_out.state import State
from channels_out.suppression import scopes_of, suppressed
from gateway.addresses import forms_of, is_costly, is_phone, normalize
from gateway.asking.breath import asked_about, last_breath, told_again, waiting_for
from gateway.asking.buttons import with_buttons
from gateway.asking.options import (
    Possible,
    is_number,
    next_number,
    options_of,
    possible_on,
)
from gateway.asking.strangers import is_known, why_unasked
from gateway.asking.words import words_in
from gateway.conf import answer_within
from gateway.inbound.hold import hold_text
from gateway.inbound.messages import InboundText, Received
from gateway.inbound.whatsapp_users import holder_since, same_since
from gateway.links import QUESTION_LINK_LIFE, question_url
from gateway.models import Attachment, HeldItem, HeldReason, Kind, Option, Question
from gateway.outbound.limits import server_day
from gateway.outbound.ways import WHATSAPP_WINDOW
from gateway.routes import lane_of

# Who is still typing is not asked at every piece.
PAUSE = timedelta(minutes=10)
# Who does not answer is not asked for ever.
MOST_A_DAY = 3
DAY = timedelta(days=1)
# Who was asked late has some time to answer, too.
SHORTEST = timedelta(hours=1)
# The link must still get through before WhatsApp closes.
BEFORE_THE_WINDOW_CLOSES = WHATSAPP_WINDOW - timedelta(hours=1)
PURPOSE = "question"


def ask_and_hold(text: InboundText, sender: Sender, files: list[Attachment]) -> Received:
    """Holds a text that names no business; its writer is asked where he may be. In the caller's transaction.

    There is one living question a pair: what comes while it lives joins what is held for it.
    """
    living = living_question(sender, text.from_address)
    received = hold_text(text, HeldReason.SHARED_NUMBER, files, sender, question=living)
    if received.held and normalize(sender.channel, text.from_address):
        _ask(text, sender, files, received.held, living)
    return received


def living_question(sender: Sender, address: str) -> Question | None:
    """What this address was asked from this number and has not answered."""
    living = Question.objects.filter(
        sender=sender, normalized=normalize(sender.channel, address), settled_at=None
    )
    return living.select_related("delivery", "sender").first()


def is_asked(sender: Sender, address: str) -> bool:
    """Whether a question stands on his phone, or is on its way there."""
    asked = Question.objects.filter(
        sender=sender,
        normalized=normalize(sender.channel, address),
        settled_at=None,
        expired_at=None,
        asked_at__isnull=False,
    )
    return asked.exclude(delivery__state__in=(State.FAILED, State.CANCELLED)).exists()


def went_out_at(question: Question) -> datetime:
    """When it can have been on his phone at the earliest."""
    tries = question.delivery.tries.all() if question.delivery else DeliveryAttempt.objects.none()
    begun = tries.aggregate(last=Max("started_at"))["last"]
    return begun or question.asked_at or question.created_at


def ask_next(question: Question, about: Sequence[HeldItem], *, may_send: bool) -> None:
    """Asks about what is left of a question that was answered, the oldest first."""
    sender, address = question.sender, question.address
    since = same_since(sender.channel, address, about[-1].created_at)
    possible = possible_on(sender, address, since)
    kind = Kind.TOPIC if possible.businesses else Kind.UNKNOWN
    may_send = may_send and may_write(sender, address, timezone.now())
    may_send = may_send and not _was_asked_enough(sender, address)
    put(sender, address, kind, possible, about, may_send=may_send, previous=question)


def put(
    sender: Sender,
    address: str,
    kind: Kind,
    possible: Possible,
    about: Sequence[HeldItem],
    *,
    may_send: bool,
    previous: Question | None = None,
) -> Question:
    """Puts a question in place of the living one, or of `previous`, whose held items it takes over, and sends it.

    It quotes what it is `about`: an answer files that and nothing else. Whom no business knows may be
    one too many to be asked; then it says so.
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
    )
    options = options_of(kind, possible, next_number(sender, question.normalized))
    for option in options:
        option.question = question
    Option.objects.bulk_create(options)
    if previous is not None:
        HeldItem.objects.filter(question=previous, settlement="").update(question=question)
    quoted = HeldItem.objects.filter(pk__in=[item.pk for item in about])
    quoted.update(question=question, asked_in=question.pk)
    if may_send:
        question.unasked = why_unasked(sender, address) or ""
    if may_send and not question.unasked:
        question.delivery = say(question, options, about)
        question.asked_at = now
    question.save(update_fields=["delivery", "asked_at", "unasked"])
    return question


def say(question: Question, options: list[Option], about: Sequence[HeldItem]) -> Delivery:
    """Sends what is asked, also for the second time."""
    in_order = sorted(options, key=lambda option: (option.number == 0, option.number))
    return send(question, _as_message(question, in_order, [item.text for item in about]))


def send(question: Question, message: Rendered) -> Delivery:
    """Puts what we say to the customer in the outbox, behind whatever else goes to him."""
    if question.sender.channel == Channel.SMS:
        message = replace(message, text=plain(message.text))
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
    (short codes, names), not a satellite's or premium number, and not after WhatsApp has closed.
    """
    normalized = normalize(sender.channel, address)
    forms = forms_of(sender.channel, address)
    ours = Sender.objects.filter(channel__in=PHONE_CHANNELS, address__in=forms)
    if not sender.is_active or is_costly(normalized) or ours.exists():
        return False
    if sender.channel == Channel.WHATSAPP:
        if written_at + WHATSAPP_WINDOW <= timezone.now():
            return False
    elif not is_phone(normalized):
        return False
    scopes = scopes_of(sender, service)
    return not suppressed((sender.channel, scope, address) for scope in scopes)


def _ask(
    text: InboundText,
    sender: Sender,
    files: list[Attachment],
    held: HeldItem,
    living: Question | None,
) -> None:
    """Asks about what was just held, unless its writer was asked so lately that it waits for his answer.

    A number alone that answers nothing says nothing either: what waits is asked about again.
    """
    at, address = text.received_at or timezone.now(), text.from_address
    about, kind = [held], Kind.TOPIC
    if living is not None and not files and is_number(held.text, living.options.all()):
        waiting = waiting_for(living)
        asked = asked_about(living, waiting)
        about = asked or last_breath(living, waiting)
        if asked and living.kind == Kind.BUSINESS:
            kind = Kind.BUSINESS
    if not about:
        return
    possible = possible_on(sender, address, holder_since(text), text.language)
    kind = kind if possible.businesses else Kind.UNKNOWN
    may_send = may_write(sender, address, at, text.messaging_service) and not _is_braked(
        sender, address, kind
    )
    may_send = may_send and not _was_turned_away(living)
    if may_send or living is None:
        put(sender, address, kind, possible, about, may_send=may_send)


def _is_braked(sender: Sender, address: str, kind: Kind) -> bool:
    if kind == Kind.UNKNOWN:
        return _asked(sender, address, QUESTION_LINK_LIFE).filter(kind=kind).exists()
    is_asked = _asked(sender, address, PAUSE).filter(settled_at=None).exists()
    return is_asked or _was_asked_enough(sender, address)


def _was_turned_away(living: Question | None) -> bool:
    """Whether he was one too many today, which does not count again at each of his texts; not once he is known."""
    if living is None or not living.unasked:
        return False
    is_of_today = server_day(living.created_at) == server_day()
    return is_of_today and not is_known(living.sender, living.address)


def _was_asked_enough(sender: Sender, address: str) -> bool:
    """Whether he left so many unanswered."""
    return _asked(sender, address, DAY).filter(answer="").count() >= MOST_A_DAY


def _asked(sender: Sender, address: str, within: timedelta) -> QuerySet[Question]:
    """What this address was asked from this number within so long."""
    return Question.objects.filter(
        sender=sender,
        normalized=normalize(sender.channel, address),
        created_at__gte=timezone.now() - within,
        asked_at__isnull=False,
    )


def _due(sender: Sender, kind: Kind, previous: Question | None, now: datetime) -> datetime | None:
    """When it is too late to answer: counted from the first of what is held, but never at once."""
    if kind == Kind.UNKNOWN:
        return None  # he has the link, and nobody else is concerned
    within = answer_within()
    if sender.channel == Channel.WHATSAPP:
        within = min(within, BEFORE_THE_WINDOW_CLOSES)
    due = now + within
    first = previous.due_at if previous else None
    return min(due, max(first, now + SHORTEST)) if first else due


def _as_message(question: Question, options: list[Option], texts: list[str]) -> Rendered:
    words = words_in(question.language)
    if question.kind == Kind.UNKNOWN:
        return Rendered(text=words.unknown.format(url=question_url(question)))
    template = words.topic if question.kind == Kind.TOPIC else words.business
    asked = template.format(options=", ".join(map(str, options)))
    return with_buttons(question, options, f"{told_again(texts, words)} {asked}")
