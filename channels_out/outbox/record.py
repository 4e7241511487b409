import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction

from channels_out.among import Among
from channels_out.errors import SendError, Uncertain
from channels_out.models import Delivery, DeliveryAttempt, Sender
from channels_out.outbox import circuit, rows
from channels_out.outbox.claimed import Claim
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.status import reported, take_early_events
from channels_out.outgoing import Sent
from channels_out.outlast import outlast
from channels_out.plans import read_by_index
from channels_out.questions import Question

logger = logging.getLogger(__name__)

# Of these deliveries those that have none of these leases, and of these senders those that are paused.
TOUCHED = Question(
    lambda ids, leases: (
        Delivery.objects.filter(Among("pk", ids))
        .exclude(Among("lease_until", leases), lease_until__isnull=False)
        .order_by()
        .values_list("pk")
    ),
    [UUID(int=1)],
    [datetime.min.replace(tzinfo=UTC)],
)
PAUSED = Question(
    lambda ids: (
        Sender.objects.filter(Among("pk", ids), paused_at__isnull=False)
        .order_by()
        .values_list("pk")
    ),
    [UUID(int=1)],
)


@dataclass(slots=True)
class Result:
    """How one attempt ended."""

    delivery_id: UUID
    attempt_id: UUID
    answer: Sent | SendError
    claim: Claim | None = None
    """What this worker holds of it, which spares reading the rows."""


def record(results: list[Result]) -> None:
    """Write down a batch of answers in one short transaction, or one by one if that fails.

    A provider's id that already belongs to another attempt settles nothing: that is in doubt.
    An answer that cannot be recorded keeps back no other; its error is raised at the end.
    """
    try:
        _record_together(results)
    except Exception:
        logger.warning("%d answers are recorded one by one", len(results), exc_info=True)
        _record_one_by_one(results)


def locked(ids: Iterable[UUID]) -> list[Delivery]:
    """These deliveries, locked in sorted order: two batches never wait for each other."""
    return list(
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("sender")
        .filter(Among("pk", set(ids)))
        .order_by("pk")
    )


def _record_one_by_one(results: list[Result]) -> None:
    problems = []
    for result in results:
        try:
            _record_alone(_unread(result))
        except Exception as problem:
            logger.exception("The answer to attempt %s is not recorded", result.attempt_id)
            problems.append(problem)
    if problems:
        raise problems[0]


def _record_alone(result: Result) -> None:
    try:
        _record_together([result])
    except IntegrityError as clash:
        logger.warning("The answer to attempt %s belongs to another", result.attempt_id)
        _record_together([replace(result, answer=Uncertain(f"Not its own id: {clash}"))])


def _record_together(results: list[Result]) -> None:
    try:
        _record_once(results)
    except OperationalError:
        logger.warning("Recording is tried again", exc_info=True)
        # A known answer is worth some patience: what is not recorded ends in doubt.
        outlast(partial(_record_once, [_unread(result) for result in results]))


def _record_once(results: list[Result]) -> None:
    with transaction.atomic(), Ledger() as ledger:
        taken = _untouched(results)
        for claim, sent in taken.values():
            ledger.take(claim, sent)
        if len(taken) < len(results):
            _record_by_rows(ledger, [each for each in results if each.attempt_id not in taken])


def _record_by_rows(ledger: Ledger, results: list[Result]) -> None:
    deliveries = {row.pk: row for row in locked(result.delivery_id for result in results)}
    attempts = DeliveryAttempt.objects.in_bulk([result.attempt_id for result in results])
    accepted = []
    for result in results:
        delivery, attempt = deliveries.get(result.delivery_id), attempts.get(result.attempt_id)
        if delivery is None or attempt is None:
            continue  # erased meanwhile
        ledger.answered(delivery, attempt, result.answer)
        if isinstance(result.answer, Sent):
            accepted.append((delivery, attempt))
    take_early_events(ledger, accepted)


def _unread(result: Result) -> Result:
    """Without the claim, which spares a look at the rows."""
    return replace(result, claim=None)


def _untouched(results: list[Result]) -> dict[UUID, tuple[Claim, Sent]]:
    """What a provider just took, by attempt, of which no row needs to be read. Locks the deliveries of all.

    The lease of its claim still stands, nobody has reported of the provider's id, its sender is not paused, and its
    provider in no trouble.
    """
    taken = {
        result.attempt_id: (result.claim, result.answer)
        for result in results
        if result.claim and isinstance(result.answer, Sent) and result.answer.is_plain
    }
    claims = [claim for claim, _ in taken.values()]
    ids = [each.delivery_id for each in claims]
    leases = {each.lease_until for each in claims}
    senders = {each.delivery.sender_id for each in claims} - {None}
    with rows.together():
        read_by_index()
        rows.lock(Delivery, [result.delivery_id for result in results])
        asked = (
            TOUCHED.ask(ids, leases),
            reported((sent.provider, sent.provider_id) for _, sent in taken.values()),
            PAUSED.ask(senders),
        )
        in_trouble = circuit.IN_TROUBLE.ask()
    touched, early, paused = (each.column() for each in asked)
    troubled = set(in_trouble.rows())
    if not (touched or early or paused or troubled):
        return taken
    return {
        pk: (claim, sent)
        for pk, (claim, sent) in taken.items()
        if claim.delivery_id not in touched
        and sent.provider_id not in early
        and claim.delivery.sender_id not in paused
        and circuit.key_of(claim.delivery) not in troubled
    }
