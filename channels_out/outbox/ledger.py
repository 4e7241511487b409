"""How deliveries change their state, and how a transaction's changes are written together."""

from datetime import datetime
from operator import attrgetter, itemgetter
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

from django.utils import timezone

from channels_out import conf
from channels_out.adapters.registry import asked_on
from channels_out.errors import BadAddress, SendError, Uncertain
from channels_out.metrics import count_moves
from channels_out.models import Delivery, DeliveryAttempt
from channels_out.outbox import rows
from channels_out.outbox.claimed import Claim
from channels_out.outbox.consequences import Consequences
from channels_out.outbox.patience import has_patience, may_resend, pause_before
from channels_out.outgoing import Sent
from channels_out.signals import Change, copy_failed, deliveries_changed, deliveries_due
from channels_out.state import ARRIVED, State, is_news
from channels_out.statuses import UNWANTED

Row = TypeVar("Row", Delivery, DeliveryAttempt)

ATTEMPT_FIELDS = [
    "finished_at",
    "outcome",
    "provider",
    "account",
    "provider_id",
    "error_name",
    "error_code",
    "detail",
]
DELIVERY_FIELDS = [
    "state",
    "due_at",
    "lease_until",
    "error_name",
    "error_code",
    "reason",
    "next_step",
    "provider",
    "provider_id",
    "sent_at",
    "delivered_at",
    "read_at",
    "failed_at",
]
AS_SENT: dict[str, Any] = {
    "state": State.SENT,
    "due_at": None,
    "lease_until": None,
    "error_name": "",
    "error_code": "",
    "reason": "",
    "next_step": "",
    "failed_at": None,
}


class Ledger:
    """The changes of one transaction: `with transaction.atomic(), Ledger() as ledger:`.

    Its methods want locked rows. At the end all rows are written in two statements, sorted by
    their ids so that two ledgers never wait for each other, then addresses and senders, and last
    `deliveries_changed` is told, once: whoever hears of it locks rows after ours.
    """

    def __init__(self) -> None:
        self.at = timezone.now()
        self._attempts: dict[UUID, DeliveryAttempt] = {}
        self._deliveries: dict[UUID, Delivery] = {}
        self._taken: list[tuple[Claim, Sent]] = []
        self._previous: dict[UUID, State] = {}
        self._copies: dict[tuple[UUID, str], tuple[Delivery, str]] = {}
        self._consequences = Consequences()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._write()

    def answered(
        self, delivery: Delivery, attempt: DeliveryAttempt, answer: Sent | SendError
    ) -> None:
        """A provider's answer, or its silence, to one attempt."""
        self._consequences.hearing.hear(delivery, attempt, answer)
        if isinstance(answer, SendError):
            self.refuse(delivery, attempt, answer)
        else:
            self.accept(delivery, attempt, answer)

    def take(self, claim: Claim, sent: Sent) -> None:
        """The same, of what a provider just took and nobody has touched since it was claimed: no row is read."""
        self._taken.append((claim, sent))

    def accept(self, delivery: Delivery, attempt: DeliveryAttempt, sent: Sent) -> None:
        """The provider took it: bind its id to the attempt and move forward.

        What it took and then gave up is never sent again by itself: it may have arrived.
        """
        attempt.account = sent.account or attempt.account
        attempt.finished_at = attempt.finished_at or self.at
        self.bind(attempt, sent.provider, sent.provider_id)
        self._consequences.now_works(delivery)
        for address, word in sent.refused:
            self.copy_failed(delivery, address, word)
        self.advance(delivery, attempt, sent.status, sent.error)

    def bind(self, attempt: DeliveryAttempt, provider: str, provider_id: str) -> None:
        """This id of the provider's settles this attempt and no other."""
        attempt.provider, attempt.provider_id = provider, provider_id
        self._attempts[attempt.pk] = attempt

    def refuse(self, delivery: Delivery, attempt: DeliveryAttempt, error: SendError) -> None:
        """It did not go out, or nobody knows: failure becomes state here and nowhere else."""
        if attempt.outcome not in (State.SENDING, State.IN_DOUBT):
            return  # the provider's own report came first and knows more
        self._note(attempt, error)
        self._consequences.heed(delivery, attempt, error, self.at)
        if not _is_latest(attempt, delivery):
            return
        if delivery.state not in (State.SENDING, State.IN_DOUBT):
            return
        if isinstance(error, Uncertain):
            self.doubt(delivery, error)
        elif has_patience(delivery, error, self.at):
            self.requeue(delivery, self.at + pause_before(delivery, error), error)
        else:
            self.fail(delivery, error)

    def advance(
        self,
        delivery: Delivery,
        attempt: DeliveryAttempt,
        state: State,
        error: SendError | None = None,
        happened_at: datetime | None = None,
    ) -> bool:
        """Take a report of how far an attempt is; whether it told anything new.

        An earlier attempt's failure is no news of the delivery: a later one is under way.
        """
        if not _is_news_of(attempt, delivery.channel, state, error):
            return False
        attempt.outcome = state
        self._attempts[attempt.pk] = attempt
        if error is not None:
            _describe(attempt, error)
            self._consequences.heed(delivery, attempt, error, self.at)
        if state == State.FAILED:
            if _ends_with(attempt, delivery):
                self.fail(delivery, error or SendError())
        elif is_news(delivery.channel, delivery.state, state):
            delivery.provider, delivery.provider_id = attempt.provider, attempt.provider_id
            self._move(delivery, state, happened_at=happened_at)
        return True

    def stop(self, delivery: Delivery, reason: str) -> None:
        """The reader wants nothing more at this address, whatever became of this message."""
        self._consequences.stop(delivery, reason)

    def copy_failed(self, delivery: Delivery, address: str, word: str) -> None:
        """A copy did not arrive or was not wanted, by one of COPY_FAILED; the delivery stays as it is."""
        self._copies[delivery.pk, address.casefold()] = (delivery, word)
        if word in UNWANTED:
            self._consequences.stop(delivery, word, address)

    def fail(self, delivery: Delivery, error: SendError) -> None:
        """It will not go out by itself: keep why, and what its owner can do."""
        self._move(delivery, State.FAILED, error)
        if error.retry:
            delivery.reason, delivery.next_step = error.given_up, error.last_step

    def requeue(self, delivery: Delivery, due_at: datetime, error: SendError | None = None) -> None:
        """Put it back in the queue until `due_at`."""
        self._move(delivery, State.QUEUED, error, due_at=due_at)

    def doubt(self, delivery: Delivery, error: SendError) -> None:
        """Nobody knows whether it went out: ask later, send again, or wait for a person."""
        if asked_on(delivery.channel) or may_resend(delivery):
            due_at = self.at + conf.resolve_after()
            self._move(delivery, State.IN_DOUBT, error, due_at=due_at)
        else:
            self.wait_for_a_person(delivery, error)

    def wait_for_a_person(self, delivery: Delivery, error: SendError) -> None:
        """Keep it in doubt until somebody says whether it went out."""
        self._move(delivery, State.IN_DOUBT, error)
        delivery.next_step = Uncertain.nobody_to_ask

    def cancel(self, delivery: Delivery) -> None:
        """Take it out of the queue for good."""
        self._move(delivery, State.CANCELLED)

    def _note(self, attempt: DeliveryAttempt, error: SendError) -> None:
        attempt.outcome = State.IN_DOUBT if isinstance(error, Uncertain) else State.FAILED
        attempt.finished_at = self.at
        attempt.detail = error.detail
        _describe(attempt, error)
        self._attempts[attempt.pk] = attempt

    def _move(
        self,
        delivery: Delivery,
        state: State,
        error: SendError | None = None,
        *,
        due_at: datetime | None = None,
        happened_at: datetime | None = None,
    ) -> None:
        self._previous.setdefault(delivery.pk, State(delivery.state))
        self._deliveries[delivery.pk] = delivery
        delivery.state = state
        delivery.lease_until, delivery.due_at = None, due_at
        delivery.reason = error.reason if error else ""
        delivery.next_step = error.next_step if error else ""
        _describe(delivery, error)
        _stamp(delivery, state, happened_at or self.at)

    def _write(self) -> None:
        rows.save(_sorted(self._attempts), ATTEMPT_FIELDS)
        deliveries = _sorted(self._deliveries)
        rows.save(deliveries, DELIVERY_FIELDS)
        self._write_taken()
        self._consequences.carry_out(self.at)
        for (_, address), (delivery, word) in sorted(self._copies.items(), key=itemgetter(0)):
            copy_failed.send(sender=Delivery, delivery=delivery, address=address, reason=word)
        changes = [_change(each, self._previous[each.pk]) for each in deliveries]
        changes += [_taken(claim, sent, self.at) for claim, sent in self._taken]
        if changes:
            changes.sort(key=attrgetter("delivery_id.int"))
            count_moves(changes)
            deliveries_changed.send(sender=Delivery, changes=changes)
        if any(_may_go(each, self.at) for each in deliveries):
            deliveries_due.send(sender=Delivery)

    def _write_taken(self) -> None:
        if not self._taken:
            return
        answer = {
            "provider": [sent.provider for _, sent in self._taken],
            "provider_id": [sent.provider_id for _, sent in self._taken],
        }
        attempts = {
            "id": [claim.attempt_id for claim, _ in self._taken],
            "account": [sent.account or claim.outgoing.account for claim, sent in self._taken],
            "finished_at": self.at,
            "outcome": State.SENT,
        }
        deliveries = {
            "id": [claim.delivery_id for claim, _ in self._taken],
            "sent_at": [claim.delivery.sent_at or self.at for claim, _ in self._taken],
        }
        with rows.together():
            rows.update(DeliveryAttempt, {**attempts, **answer})
            rows.update(Delivery, {**deliveries, **answer, **AS_SENT})


def _change(delivery: Delivery, previous: State) -> Change:
    return Change(
        delivery_id=delivery.pk,
        channel=delivery.channel,
        purpose=delivery.purpose,
        state=State(delivery.state),
        previous_state=previous,
        provider=delivery.provider,
        provider_id=delivery.provider_id,
        queued_at=delivery.queued_at,
        sent_at=delivery.sent_at,
        waits_for_a_person=delivery.waits_for_a_person,
    )


def _taken(claim: Claim, sent: Sent, at: datetime) -> Change:
    delivery = claim.delivery
    return Change(
        delivery_id=delivery.id,
        channel=delivery.channel,
        purpose=delivery.purpose,
        state=State.SENT,
        previous_state=State.SENDING,
        provider=sent.provider,
        provider_id=sent.provider_id,
        queued_at=delivery.queued_at,
        sent_at=delivery.sent_at or at,
        waits_for_a_person=False,
    )


def _may_go(delivery: Delivery, now: datetime) -> bool:
    return delivery.state == State.QUEUED and delivery.due_at is not None and delivery.due_at <= now


def _sorted(changed: dict[UUID, Row]) -> list[Row]:
    return [changed[pk] for pk in sorted(changed)]


def _stamp(delivery: Delivery, state: State, at: datetime) -> None:
    if state in ARRIVED:
        delivery.sent_at = delivery.sent_at or at
    if state in (State.DELIVERED, State.READ):
        delivery.delivered_at = delivery.delivered_at or at
    if state == State.READ:
        delivery.read_at = at
    delivery.failed_at = at if state == State.FAILED else None


def _describe(row: Delivery | DeliveryAttempt, error: SendError | None) -> None:
    row.error_name = error.code if error else ""
    row.error_code = error.error_code if error else ""


def _is_latest(attempt: DeliveryAttempt, delivery: Delivery) -> bool:
    return attempt.number == delivery.attempts


def _ends_with(attempt: DeliveryAttempt, delivery: Delivery) -> bool:
    """Whether the failure of this attempt is the failure of the delivery."""
    if not _is_latest(attempt, delivery) or delivery.state in (State.QUEUED, State.CANCELLED):
        return False
    is_failed = delivery.state == State.FAILED
    return is_failed or is_news(delivery.channel, delivery.state, State.FAILED)


def _is_news_of(
    attempt: DeliveryAttempt, channel: str, state: State, error: SendError | None
) -> bool:
    if state == attempt.outcome == State.FAILED:
        # The same failure may come first without its code, then with it, and a soft bounce before a hard one.
        known = _weight(attempt.error_name, attempt.error_code)
        return error is not None and _weight(error.code, error.error_code) > known
    return is_news(channel, attempt.outcome, state)


def _weight(name: str, code: str) -> tuple[bool, bool]:
    """How much a failure says."""
    return name == BadAddress.code, bool(code)
