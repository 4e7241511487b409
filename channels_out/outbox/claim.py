import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from channels_out import conf
from channels_out.channel import Channel
from channels_out.errors import Blocked, OptedOut, SendError
from channels_out.models import Circuit, Delivery, DeliveryAttempt
from channels_out.outbox import circuit, rows
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.pace import HORIZON, lock_senders, take_turns
from channels_out.outgoing import Outgoing
from channels_out.state import UNFINISHED, State
from channels_out.statuses import LEFT_OUT
from channels_out.suppression import (
    BLOCKED,
    EMAIL_SCOPE,
    Key,
    messaging_service_of,
    scopes_of,
    suppressed,
)

Probe = tuple[Circuit, Delivery]
Turn = tuple[Delivery, datetime]
Copied = tuple[Delivery, str]
Stopped = tuple[Delivery, SendError]

# A worker that has not recorded an answer by then is taken for dead.
LEASE = timedelta(seconds=90)

# A send that has not begun by then does not begin: it could outlive its lease and go out twice.
START_WITHIN = timedelta(seconds=45)


@dataclass(frozen=True)
class Claim:
    """One attempt that this worker and nobody else makes, and both rows as they were left.

    `start_at` and `start_by` are of this machine's monotonic clock, in seconds.
    """

    delivery: Delivery
    attempt: DeliveryAttempt
    outgoing: Outgoing
    start_at: float
    start_by: float

    @property
    def delivery_id(self) -> UUID:
        return self.delivery.pk


def claim(limit: int) -> list[Claim]:
    """Take up to `limit` deliveries that are due, in one short transaction.

    Each gets an attempt row and a lease before the network is touched, so that a killed worker
    leaves evidence. What must not be sent becomes failed here, whichever way it came.
    """
    with transaction.atomic():
        now = timezone.now()
        probes = _probes(now)
        tries = [delivery for _, delivery in probes][:limit]
        # Its provider may have answered another worker in this moment.
        free = _free(due(now, now + HORIZON)).exclude(pk__in=[each.pk for each in tries])
        taken = tries + list(free[: limit - len(tries)])
        lock_senders(taken)
        standing = _standing(taken)
        allowed, stopped = _parted(taken, standing)
        turns = _let_through(take_turns(allowed, now), probes, now)
        attempts = _begin([delivery for delivery, _ in turns], now)
        stopped_copies = {address for _, _, address in standing}
        # Last, as it is when recording: whoever hears of it locks rows after ours.
        _fail(stopped, _left_out([delivery for delivery, _ in turns], stopped_copies))
    begun = time.monotonic()
    return [
        Claim(
            delivery=delivery,
            attempt=attempt,
            outgoing=_without(stopped_copies, outgoing_of(delivery, attempt.pk)),
            start_at=begun + (turn - now).total_seconds(),
            start_by=begun + START_WITHIN.total_seconds(),
        )
        for (delivery, turn), attempt in zip(turns, attempts, strict=True)
    ]


def outgoing_of(delivery: Delivery, attempt_id: UUID) -> Outgoing:
    """The delivery as its adapter gets it."""
    sender = delivery.sender
    return Outgoing(
        attempt_id=attempt_id,
        channel=delivery.channel,
        sender_address=sender.address if sender else "",
        account=account_of(delivery),
        messaging_service=messaging_service_of(sender) if sender else "",
        to_address=delivery.to_address,
        rendered=delivery.rendered,
        status_callback=conf.status_callback(attempt_id) if sender else "",
        message_id=delivery.message_id,
    )


def account_of(delivery: Delivery) -> str:
    """The provider's account that sends this delivery; "" for mail."""
    if delivery.sender is None:
        return ""
    return delivery.sender.account or conf.twilio_account_sid()


def due(now: datetime, soon: datetime) -> QuerySet[Delivery]:
    """What is due and whose sender may send before `soon`, the oldest first.

    Without what waits in its lane, or for a provider that does not answer.
    """
    return _due(now, soon).filter(~circuit.no_answer())


def _due(now: datetime, soon: datetime) -> QuerySet[Delivery]:
    in_its_lane = (
        Delivery.objects.filter(lane=OuterRef("lane"), state__in=UNFINISHED)
        .exclude(lane="")
        .exclude(state=State.IN_DOUBT, due_at=None)  # a person may take days to say
    )
    # Not "there is none before it": as a join PostgreSQL, which knows the queue as it was when it last looked and
    # so as empty, would go through all that waits for each that waits.
    first = Subquery(in_its_lane.order_by("id").values("id")[:1])
    ready = Q(sender=None) | Q(sender__is_active=True, sender__next_at__lt=soon)
    fresh = Q(stale_at=None) | Q(stale_at__gt=now)
    is_first = Q(lane="") | Q(id=first)
    return Delivery.objects.filter(
        ready, fresh, is_first, state=State.QUEUED, due_at__lte=now
    ).order_by("due_at", "id")


def _free(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries.select_for_update(skip_locked=True, of=("self",))


def _probes(now: datetime) -> list[Probe]:
    """For each provider that was left alone for long enough, the oldest message that waits for it."""
    waiting = _free(_due(now, now + HORIZON))
    return [
        (each, delivery)
        for each in circuit.to_be_probed(now)
        for delivery in waiting.filter(circuit.on(each))[:1]
    ]


def _let_through(turns: list[Turn], probes: list[Probe], now: datetime) -> list[Turn]:
    """Without those that may not try, because another worker's does."""
    turned = {delivery.pk for delivery, _ in turns}
    late = {
        delivery.pk
        for each, delivery in probes
        if delivery.pk in turned and not circuit.begin_probe(each, now)
    }
    return [(delivery, at) for delivery, at in turns if delivery.pk not in late]


def _standing(due: list[Delivery]) -> dict[Key, str]:
    """What stops any of them, or one of their copies, and for what reason."""
    copied = {
        (str(Channel.EMAIL), EMAIL_SCOPE, address) for delivery in due for address in delivery.cc
    }
    return suppressed(copied.union(*map(_keys, due)))


def _parted(due: list[Delivery], standing: dict[Key, str]) -> tuple[list[Delivery], list[Stopped]]:
    """Those that may be sent, and those to addresses that must not be written to, with why."""
    reasons = [(each, {standing[key] for key in _keys(each) if key in standing}) for each in due]
    allowed = [delivery for delivery, found in reasons if not found]
    return allowed, [(delivery, _why(found)) for delivery, found in reasons if found]


def _why(reasons: set[str]) -> SendError:
    """Who has also said STOP has said more than by his block."""
    return Blocked() if reasons == {BLOCKED} else OptedOut()


def _keys(delivery: Delivery) -> set[Key]:
    scopes = scopes_of(delivery.sender)
    return {(delivery.channel, scope, delivery.to_address) for scope in scopes}


def _left_out(sent: list[Delivery], stopped: set[str]) -> list[Copied]:
    """Of what is sent, each copy that is not."""
    return [(each, address) for each in sent for address in each.cc if address in stopped]


def _without(stopped: set[str], outgoing: Outgoing) -> Outgoing:
    """The message for those only who may be written to."""
    rendered = outgoing.rendered
    if stopped.isdisjoint(rendered.cc):
        return outgoing
    kept = tuple(address for address in rendered.cc if address not in stopped)
    return replace(outgoing, rendered=replace(rendered, cc=kept))


def _begin(deliveries: list[Delivery], now: datetime) -> list[DeliveryAttempt]:
    for delivery in deliveries:
        delivery.state, delivery.lease_until = State.SENDING, now + LEASE
        delivery.attempts += 1
    rows.update(deliveries, ["state", "lease_until", "attempts"])
    attempts = [
        DeliveryAttempt(
            delivery=delivery,
            number=delivery.attempts,
            started_at=now,
            account=account_of(delivery),
        )
        for delivery in deliveries
    ]
    rows.insert(attempts)
    return attempts


def _fail(stopped: list[Stopped], left_out: list[Copied]) -> None:
    with Ledger() as ledger:
        for delivery, error in stopped:
            ledger.fail(delivery, error)
        for delivery, address in left_out:
            ledger.copy_failed(delivery, address, LEFT_OUT)
