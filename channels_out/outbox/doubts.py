import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from channels_out import conf
from channels_out.adapters.registry import adapter_for, asked_on
from channels_out.channel import Channel
from channels_out.errors import Expired, NotSupported, SendError, Uncertain
from channels_out.models import Delivery, DeliveryAttempt
from channels_out.outbox.circuit import close_untried
from channels_out.outbox.claim import Origin, outgoing_of
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.line import line
from channels_out.outbox.patience import is_repeated_enough, may_resend, may_yet_appear
from channels_out.outbox.record import locked
from channels_out.outbox.status import take_early_events
from channels_out.outbox.unmatched import match_events
from channels_out.outgoing import Found, Sent
from channels_out.state import State
from channels_out.statuses import failure_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What became of an attempt; without `answer` nobody can be asked."""

    delivery_id: UUID
    attempt_id: UUID
    answer: Future[list[Found]] | None


BATCH = 100

# A provider that cannot be asked now is asked again after as long as the doubt has lasted, at
# most this.
LONGEST_PAUSE = timedelta(minutes=10)

# A provider that answers every try with an error may do so for ever. A text that is a day late is
# better left to its writer.
LONGEST_DOUBT = timedelta(hours=24)

# A mail in doubt keeps back those that follow it; where its provider does not say for so long, its writer may.
LONGEST_SILENCE_OF_MAIL = timedelta(hours=1)

# The provider's clock and ours differ by at most this.
CLOCK_SKEW = timedelta(minutes=1)


def tick() -> int:
    """Everything that time alone brings about; how many rows it touched."""
    return expire_leases() + expire_stale() + resolve_doubts() + match_events() + close_untried()


def expire_leases() -> int:
    """Put in doubt what a worker began and never recorded within its lease; how many.

    It may or may not have been sent, so it is never simply sent again.
    """
    return _give_up(Q(lease_until__lte=timezone.now()))


def expire_stale() -> int:
    """Fail what has waited until it is out of date, whatever it waited for; how many.

    A provider that was away, or an account that was refused, may come back after days.
    """
    with transaction.atomic(), Ledger() as ledger:
        late = _take(Q(state=State.QUEUED, stale_at__lte=timezone.now()))
        for delivery in late:
            ledger.fail(delivery, Expired())
    return len(late)


def give_up_leases() -> int:
    """The same for every lease there is, where it is certain that no other worker lives; how many."""
    given_up = 0
    while some := _give_up(Q()):
        given_up += some
    return given_up


def _give_up(which: Q) -> int:
    with transaction.atomic(), Ledger() as ledger:
        lost = _take(Q(state=State.SENDING) & which)
        for delivery in lost:
            ledger.refuse(delivery, _last_attempt(delivery), Uncertain("The worker died."))
    return len(lost)


def resolve_doubts() -> int:
    """Find out what became of sends in doubt; how many were looked at.

    The provider is asked where it can be: what it holds is ours, and only when it holds nothing, and
    had the time to show it, is the message sent again, as long as it is not out of date. Where nobody can be asked, a
    message that may be repeated is sent again under the same Message-ID, and any other waits for
    a person.
    """
    doubts = _take_doubts()
    questions = list[Question]()
    for delivery in doubts:
        with _staying_in_doubt(delivery.pk):
            questions.append(_begin_asking(delivery))
    for question in questions:
        with _staying_in_doubt(question.delivery_id):
            _resolve(question)
    return len(doubts)


@contextmanager
def _staying_in_doubt(pk: UUID) -> Iterator[None]:
    """What cannot be resolved now keeps back no other."""
    with bound_contextvars(delivery_id=str(pk)):
        try:
            yield
        except Exception:
            logger.exception("Delivery %s stays in doubt", pk)


def _take(which: Q) -> list[Delivery]:
    return list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("sender")
        .filter(which)
        .order_by("pk")[:BATCH]
    )


def _last_attempt(delivery: Delivery) -> DeliveryAttempt:
    return delivery.tries.get(number=delivery.attempts)


def _take_doubts() -> list[Delivery]:
    """Doubts whose time has come; each is put off, so that no other worker asks as well."""
    with transaction.atomic():
        now = timezone.now()
        doubts = _take(Q(state=State.IN_DOUBT, due_at__lte=now))
        for delivery in doubts:
            delivery.due_at = now + _pause(_last_attempt(delivery).started_at, now)
        Delivery.objects.bulk_update(doubts, ["due_at"])
    return doubts


def _pause(since: datetime, now: datetime) -> timedelta:
    return min(max(now - since, conf.resolve_after()), LONGEST_PAUSE)


def _begin_asking(delivery: Delivery) -> Question:
    attempt = _last_attempt(delivery)
    if not _can_be_asked_about(delivery, attempt):
        return Question(delivery.pk, attempt.pk, None)
    origin = Origin.of(delivery.sender)
    if attempt.account:
        origin = replace(origin, account=attempt.account)
    outgoing = outgoing_of(delivery, attempt.pk, origin, delivery.rendered)
    found = adapter_for(delivery.channel).find(outgoing, delivery.queued_at - CLOCK_SKEW)
    return Question(delivery.pk, attempt.pk, line().run(found))


def _can_be_asked_about(delivery: Delivery, attempt: DeliveryAttempt) -> bool:
    """Not of a mail that went to another provider than the one of now: that this one has nothing, proves nothing."""
    asked = asked_on(delivery.channel)
    return bool(asked) and (delivery.channel != Channel.EMAIL or attempt.account == asked)


def _resolve(question: Question) -> None:
    if question.answer is None:
        _settle_unasked(question)
        return
    try:
        found = question.answer.result()
    except NotSupported as refusal:
        logger.warning("Nobody can be asked about delivery %s: %s", question.delivery_id, refusal)
        _settle_unasked(question)
    except SendError as error:
        logger.warning("Delivery %s cannot be asked about: %s", question.delivery_id, error)
        _settle_unanswered(question, error)
    else:
        _settle_asked(question, found)


def _settle_unasked(question: Question) -> None:
    with transaction.atomic(), Ledger() as ledger:
        for delivery, _ in _still_in_doubt(question):
            if may_resend(delivery):
                ledger.requeue(delivery, ledger.at)
            else:
                ledger.wait_for_a_person(delivery, Uncertain())


def _settle_unanswered(question: Question, error: SendError) -> None:
    with transaction.atomic(), Ledger() as ledger:
        for delivery, attempt in _still_in_doubt(question):
            if may_yet_appear(delivery, attempt, ledger.at):
                continue
            if delivery.channel == Channel.EMAIL and may_resend(delivery):
                ledger.requeue(delivery, ledger.at)
            elif _is_out_of_date(delivery, ledger.at) or _is_silent(delivery, attempt, ledger.at):
                ledger.wait_for_a_person(delivery, Uncertain(error.detail))


def _settle_asked(question: Question, found: list[Found]) -> None:
    try:
        with transaction.atomic(), Ledger() as ledger:
            for delivery, attempt in _still_in_doubt(question):
                _settle(ledger, delivery, attempt, _unclaimed(found))
    except IntegrityError:
        logger.info(
            "Delivery %s is asked about again: its match was taken meanwhile", question.delivery_id
        )


def _still_in_doubt(question: Question) -> list[tuple[Delivery, DeliveryAttempt]]:
    """The delivery and the attempt, unless another worker was told first, and even sent it again since."""
    doubts = [each for each in locked([question.delivery_id]) if each.state == State.IN_DOUBT]
    pairs = [(each, _last_attempt(each)) for each in doubts]
    return [(each, attempt) for each, attempt in pairs if attempt.pk == question.attempt_id]


def _unclaimed(found: list[Found]) -> list[Found]:
    """Those that settle no other attempt. Of equal messages each settles one, oldest first."""
    ids = [each.provider_id for each in found if each.provider_id]
    taken = set(
        DeliveryAttempt.objects.filter(
            provider__in={each.provider for each in found}, provider_id__in=ids
        ).values_list("provider", "provider_id")
    )
    return [each for each in found if (each.provider, each.provider_id) not in taken]


def _settle(
    ledger: Ledger, delivery: Delivery, attempt: DeliveryAttempt, unclaimed: list[Found]
) -> None:
    if not unclaimed:
        _settle_without(ledger, delivery, attempt)
        return
    ours = unclaimed[0]
    ledger.accept(delivery, attempt, Sent(ours.provider, ours.provider_id, account=ours.account))
    error = None
    if ours.status == State.FAILED:
        error = failure_of(ours.provider, "failed", ours.error_code)
    ledger.advance(delivery, attempt, ours.status, error)
    take_early_events(ledger, [(delivery, attempt)])


def _settle_without(ledger: Ledger, delivery: Delivery, attempt: DeliveryAttempt) -> None:
    """The provider has nothing of this attempt."""
    if may_yet_appear(delivery, attempt, ledger.at):
        return
    if _is_out_of_date(delivery, ledger.at):
        ledger.fail(delivery, Expired())
    elif delivery.channel == Channel.EMAIL and is_repeated_enough(delivery):
        ledger.wait_for_a_person(delivery, Uncertain())
    else:
        ledger.requeue(delivery, ledger.at)


def _is_silent(delivery: Delivery, attempt: DeliveryAttempt, now: datetime) -> bool:
    return delivery.channel == Channel.EMAIL and now - attempt.started_at > LONGEST_SILENCE_OF_MAIL


def _is_out_of_date(delivery: Delivery, now: datetime) -> bool:
    return now - delivery.queued_at > LONGEST_DOUBT
