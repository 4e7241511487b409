import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from uuid_utils.compat import uuid7

from channels_out import conf
from channels_out.adapters.registry import asked_on
from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.errors import Blocked, OptedOut, SendError
from channels_out.models import Circuit, Delivery, DeliveryAttempt, Sender
from channels_out.outbox import circuit, rows
from channels_out.outbox.claimed import COLUMNS, Claim, Due, From
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.pace import HORIZON, give_senders, lock_senders, save_turns, take_turns
from channels_out.outgoing import Outgoing, Rendered
from channels_out.plans import read_by_index
from channels_out.questions import Asked, Question
from channels_out.state import UNFINISHED, State
from channels_out.statuses import LEFT_OUT
from channels_out.suppression import (
    BLOCKED,
    EMAIL_SCOPE,
    Key,
    Stop,
    among_stops,
    messaging_service_of,
    scopes_of,
    stops_at,
)

_EVERYWHERE: Mapping[str, int] = {}

# Moments like those for which it is asked what is due.
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOON = NOW + HORIZON

Probe = tuple[Circuit, Due]
Turn = tuple[Due, datetime]
Stopped = tuple[Due, SendError]
Copied = tuple[Due, str]

# A worker that has not recorded an answer by then is taken for dead.
LEASE = timedelta(seconds=90)

# A send that has not begun by then does not begin: it could outlive its lease and go out twice.
START_WITHIN = timedelta(seconds=45)


def claim(
    limit: int, rooms: Mapping[str, int] = _EVERYWHERE, *, probes_too: bool = True
) -> list[Claim]:
    """Take up to `limit` deliveries that are due, in one short transaction.

    Of a channel that is named in `rooms` no more than there is room for. Without `probes_too` providers that were
    left alone stay so.
    Each gets an attempt row and a lease before the network is touched, so that a killed worker
    leaves evidence. What must not be sent becomes failed here, whichever way it came.
    """
    with transaction.atomic():
        now = timezone.now()
        narrow = {channel: room for channel, room in rooms.items() if room < limit}
        with rows.together():
            read_by_index()
            waiting = _asked_whether_due(narrow, now)
        crowded = {channel for channel, asked in waiting.items() if asked.rows()}
        probes = _probes(now) if probes_too else []
        tries = [each for _, each in probes][:limit]
        found = _that_fit(now, limit - len(tries), narrow, crowded)
        # Its provider may have answered another worker in this moment.
        tried = {each.id for each in tries}
        taken = tries + [each for each in found if each.id not in tried]
        with rows.together():
            locked = lock_senders(taken)
            stops = stops_at(_addresses(taken))
        give_senders(taken, locked)
        allowed, stopped, stopped_copies = _parted(taken, stops.rows())
        turns = _let_through(take_turns(allowed, now), probes, now)
        with rows.together():
            save_turns(taken)
            claims = _begin(turns, now, stopped_copies)
        # Last, as it is when recording: whoever hears of it locks rows after ours.
        _fail(stopped, _left_out([each for each, _ in turns], stopped_copies))
    return claims


@dataclass(frozen=True)
class Origin:
    """What all messages of one sender have in common: where they go out from, as the provider knows it.

    `callbacks` is where it reports on attempts, and `gap` how many seconds lie at least between two of them: of a
    slower sender no two are claimed within the horizon. Of mail there is only `account`: the provider that can be
    asked about it, if any.
    """

    address: str = ""
    account: str = ""
    messaging_service: str = ""
    callbacks: str = ""
    gap: float = 0.0

    @classmethod
    def of(cls, sender: Sender | From | None) -> Self:
        """Of this sender's, or of mail's without one."""
        if sender is None:
            return cls(account=asked_on(Channel.EMAIL))
        return cls(
            address=sender.address,
            account=sender.account or conf.twilio_account_sid(),
            messaging_service=messaging_service_of(sender),
            callbacks=conf.status_callbacks(),
            gap=min(1 / sender.pace, HORIZON.total_seconds()),
        )


def outgoing_of(
    delivery: Due | Delivery, attempt_id: UUID, origin: Origin, rendered: Rendered
) -> Outgoing:
    """The delivery as its adapter gets it."""
    return Outgoing(
        attempt_id=attempt_id,
        channel=delivery.channel,
        sender_address=origin.address,
        account=origin.account,
        messaging_service=origin.messaging_service,
        to_address=delivery.to_address,
        rendered=rendered,
        status_callback=f"{origin.callbacks}{attempt_id}/" if origin.callbacks else "",
        message_id=delivery.message_id,
    )


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


def _asked_whether_due(channels: Iterable[str], now: datetime) -> dict[str, Asked]:
    """An index knows whether any mail is due; to find the first, PostgreSQL may go through all that waits."""
    return {each: _any_due(each).ask(now, limit=1) for each in channels}


@cache
def _any_due(channel: str) -> Question:
    queued = Delivery.objects.filter(state=State.QUEUED, channel=channel).order_by()
    return Question(lambda now: queued.filter(due_at__lte=now).values_list("pk"), NOW)


@cache
def _free_on(channel: str) -> Question:
    """What is due on this channel."""
    return Question(
        lambda now, soon: _free(due(now, soon)).filter(channel=channel).values_list(*COLUMNS),
        NOW,
        SOON,
    )


@cache
def _free_but_on(channels: tuple[str, ...]) -> Question:
    """What is due on any other channel."""
    return Question(
        lambda now, soon: _free(due(now, soon)).exclude(channel__in=channels).values_list(*COLUMNS),
        NOW,
        SOON,
    )


def _that_fit(now: datetime, limit: int, narrow: Mapping[str, int], crowded: set[str]) -> list[Due]:
    """First those that are due of channels with less room than that: what waits there stands in no other's way."""
    found = list[Due]()
    for channel, room in narrow.items():
        most = min(room, limit - len(found))
        if most > 0 and channel in crowded:
            found += Due.of(_free_on(channel).ask(now, now + HORIZON, limit=most).rows())
    others = _free_but_on(tuple(narrow)).ask(now, now + HORIZON, limit=limit - len(found))
    return found + Due.of(others.rows())


def _probes(now: datetime) -> list[Probe]:
    """For each provider that was left alone for long enough, the oldest message that waits for it."""
    circuits = circuit.to_be_probed(now)
    if not circuits:
        return []
    waiting = _free(_due(now, now + HORIZON))
    return [
        (each, delivery)
        for each in circuits
        for delivery in Due.read(waiting.filter(circuit.on(each))[:1])
    ]


def _let_through(turns: list[Turn], probes: list[Probe], now: datetime) -> list[Turn]:
    """Without those that may not try, because another worker's does."""
    if not probes:
        return turns
    turned = {delivery.id for delivery, _ in turns}
    late = {
        delivery.id
        for each, delivery in probes
        if delivery.id in turned and not circuit.begin_probe(each, now)
    }
    return [(delivery, at) for delivery, at in turns if delivery.id not in late]


def _addresses(taken: list[Due]) -> Iterator[tuple[str, str]]:
    """Whom they go to, each with its channel."""
    for each in taken:
        yield each.channel, each.to_address
        yield from ((Channel.EMAIL, address) for address in each.cc)


def _parted(taken: list[Due], stops: list[Stop]) -> tuple[list[Due], list[Stopped], set[str]]:
    """Those that may be sent, those to addresses that must not be written to, with why, and such addresses."""
    if not stops:
        return taken, [], set()
    asked = _asked(taken)
    copied = [(str(Channel.EMAIL), EMAIL_SCOPE, address) for each in taken for address in each.cc]
    standing = among_stops({key for keys in asked for key in keys}.union(copied), stops)
    reasons = [{standing[key] for key in keys if key in standing} for keys in asked]
    pairs = list(zip(taken, reasons, strict=True))
    allowed = [each for each, found in pairs if not found]
    stopped = [(each, _why(found)) for each, found in pairs if found]
    return allowed, stopped, {address for _, _, address in standing}


def _asked(taken: list[Due]) -> list[list[Key]]:
    """What would stop each of them."""
    scopes = {pk: scopes_of(sender) for pk, sender in _senders_of(taken).items()}
    return [
        [(each.channel, scope, each.to_address) for scope in scopes[each.sender_id]]
        for each in taken
    ]


def _senders_of(deliveries: list[Due]) -> dict[UUID | None, From | None]:
    return {each.sender_id: each.sender for each in deliveries}


def _why(reasons: set[str]) -> SendError:
    """Who has also said STOP has said more than by his block."""
    return Blocked() if reasons == {BLOCKED} else OptedOut()


def _left_out(sent: list[Due], stopped: set[str]) -> list[Copied]:
    """Of what is sent, each copy that is not."""
    return [(each, address) for each in sent for address in each.cc if address in stopped]


def _without(stopped: set[str], rendered: Rendered) -> Rendered:
    """The message for those only who may be written to."""
    if stopped.isdisjoint(rendered.cc):
        return rendered
    return replace(rendered, cc=tuple(each for each in rendered.cc if each not in stopped))


def _begin(turns: list[Turn], now: datetime, stopped_copies: set[str]) -> list[Claim]:
    if not turns:
        return []
    deliveries = [delivery for delivery, _ in turns]
    attempts = [uuid7() for _ in turns]
    by_sender = {pk: Origin.of(sender) for pk, sender in _senders_of(deliveries).items()}
    origins = [by_sender[each.sender_id] for each in deliveries]
    numbers = [each.attempts + 1 for each in deliveries]
    ids = [each.id for each in deliveries]
    until = now + LEASE
    rows.update(
        Delivery,
        {"id": ids, "state": State.SENDING, "lease_until": until, "attempts": numbers},
    )
    rows.insert(
        DeliveryAttempt,
        {
            "id": attempts,
            "delivery_id": ids,
            "number": numbers,
            "started_at": now,
            "account": [each.account for each in origins],
        },
    )
    begun = time.monotonic()
    return [
        Claim(
            delivery=delivery,
            outgoing=outgoing_of(
                delivery,
                attempt,
                origin,
                _without(stopped_copies, Rendered.from_payload(delivery.payload)),
            ),
            lease_until=until,
            start_at=begun + (turn - now).total_seconds(),
            start_by=begun + START_WITHIN.total_seconds(),
            gap=origin.gap,
        )
        for (delivery, turn), attempt, origin in zip(turns, attempts, origins, strict=True)
    ]


def _fail(stopped: list[Stopped], left_out: list[Copied]) -> None:
    if not (stopped or left_out):
        return
    ids = [each.id for each, _ in (*stopped, *left_out)]
    found = Delivery.objects.select_related("sender").filter(Among("pk", ids))
    whole = {each.pk: each for each in found}
    with Ledger() as ledger:
        for each, error in stopped:
            ledger.fail(whole[each.id], error)
        for each, address in left_out:
            ledger.copy_failed(whole[each.id], address, LEFT_OUT)
