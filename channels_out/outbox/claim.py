import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from channels_out import conf
from channels_out.adapters.registry import asked_on
from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.errors import Blocked, OptedOut, SendError
from channels_out.models import Circuit, Delivery, DeliveryAttempt, Sender
from channels_out.outbox import circuit, rows
from channels_out.outbox.claimed import Claim, Due, From
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.pace import (
    HORIZON,
    give_senders,
    have_no_turn_left,
    lock_senders,
    save_turns,
    take_turns,
)
from channels_out.outbox.queue import asked_whether_due, free, that_fit, whatever_answers
from channels_out.outgoing import Outgoing, Rendered
from channels_out.plans import read_by_index
from channels_out.state import State
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

logger = logging.getLogger(__name__)

_EVERYWHERE: Mapping[str, int] = {}

Probe = tuple[Circuit, Due]
Turn = tuple[Due, datetime]
Stopped = tuple[Due, SendError]
Copied = tuple[Due, str]

# A worker that has not recorded an answer by then is taken for dead.
LEASE = timedelta(seconds=90)

# What stands in the way of one delivery may be gone by then: another version's worker, a fault of ours.
PUT_OFF = timedelta(minutes=5)

# A send that has not begun by then does not begin: it could outlive its lease and go out twice.
START_WITHIN = timedelta(seconds=45)


def claim(
    limit: int,
    rooms: Mapping[str, int] = _EVERYWHERE,
    *,
    probes_too: bool = True,
    spent: set[UUID] | None = None,
) -> list[Claim]:
    """Take up to `limit` deliveries that are due, in one short transaction.

    Of a channel that is named in `rooms` no more than there is room for. Without `probes_too` providers that were
    left alone stay so. Senders in `spent` are passed over; those join them that have no turn left for now, where
    there was more to see than was looked at: others' messages may stand behind theirs.
    Each gets an attempt row and a lease before the network is touched, so that a killed worker
    leaves evidence. What must not be sent becomes failed here, whichever way it came.
    """
    with transaction.atomic():
        now, begun = timezone.now(), time.monotonic()
        spent = set() if spent is None else spent
        narrow = {channel: room for channel, room in rooms.items() if room < limit}
        with rows.together():
            read_by_index()
            waiting = asked_whether_due(narrow, now)
        crowded = {channel for channel, asked in waiting.items() if asked.rows()}
        probes = _probes(now) if probes_too else []
        tries = [each for _, each in probes][:limit]
        found, is_all = that_fit(now, limit - len(tries), narrow, crowded, spent)
        # Its provider may have answered another worker in this moment.
        tried = {each.id for each in tries}
        taken = tries + [each for each in found if each.id not in tried]
        with rows.together():
            locked = lock_senders(taken)
            stops = stops_at(_addresses(taken))
        give_senders(taken, locked)
        allowed, stopped, stopped_copies = _parted(taken, stops.rows())
        turns = _let_through(take_turns(allowed, now), probes, now)
        messages = _read(turns, now)
        if not is_all:
            spent |= have_no_turn_left(taken, now)
        with rows.together():
            save_turns(taken)
            claims = _begin(turns, messages, now, begun, stopped_copies)
        # Last, as it is when recording: whoever hears of it locks rows after ours.
        _fail(stopped, _left_out([each for each, _ in turns], stopped_copies), now)
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


def _probes(now: datetime) -> list[Probe]:
    """For each provider that was left alone for long enough, the oldest message that waits for it."""
    circuits = circuit.to_be_probed(now)
    if not circuits:
        return []
    waiting = free(whatever_answers(now, now + HORIZON))
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


def _read(turns: list[Turn], now: datetime) -> dict[UUID, Rendered]:
    """The messages of these, each by its delivery. What another version wrote and this one cannot read is put off,
    and leaves the turns.
    """
    messages, unreadable = dict[UUID, Rendered](), list[UUID]()
    for each, _ in turns:
        try:
            messages[each.id] = Rendered.from_payload(each.payload)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            words = "Delivery %s is put off: this version cannot read it: %s"
            logger.warning(words, each.id, error)
            unreadable.append(each.id)
    if unreadable:
        _put_off(unreadable, now)
        turns[:] = [turn for turn in turns if turn[0].id in messages]
    return messages


def _put_off(ids: list[UUID], now: datetime) -> None:
    Delivery.objects.filter(Among("pk", ids)).update(due_at=now + PUT_OFF)


def _begin(
    turns: list[Turn],
    messages: Mapping[UUID, Rendered],
    now: datetime,
    begun: float,
    stopped_copies: set[str],
) -> list[Claim]:
    """`begun` is the same moment as `now`, from which leases count, on the monotonic clock."""
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
    return [
        Claim(
            delivery=delivery,
            outgoing=outgoing_of(
                delivery,
                attempt,
                origin,
                _without(stopped_copies, messages[delivery.id]),
            ),
            lease_until=until,
            start_at=begun + (turn - now).total_seconds(),
            start_by=begun + START_WITHIN.total_seconds(),
            gap=origin.gap,
        )
        for (delivery, turn), attempt, origin in zip(turns, attempts, origins, strict=True)
    ]


def _fail(stopped: list[Stopped], left_out: list[Copied], now: datetime) -> None:
    """Where somebody who hears of it breaks off, only what he could not hear of is put off."""
    if not (stopped or left_out) or _is_written(stopped, left_out):
        return
    for each in stopped:
        if not _is_written([each], []):
            _put_off([each[0].id], now)
    for copy in left_out:
        _is_written([], [copy])


def _is_written(stopped: list[Stopped], left_out: list[Copied]) -> bool:
    try:
        _write_failed(stopped, left_out)
    except DatabaseError:
        raise
    except Exception:
        ids = [str(each.id) for each, _ in (*stopped, *left_out)]
        logger.exception("Who must not get these is not written down: %s", ", ".join(ids))
        return False
    return True


@transaction.atomic
def _write_failed(stopped: list[Stopped], left_out: list[Copied]) -> None:
    ids = [each.id for each, _ in (*stopped, *left_out)]
    found = Delivery.objects.select_related("sender").filter(Among("pk", ids))
    whole = {each.pk: each for each in found}
    with Ledger() as ledger:
        for each, error in stopped:
            ledger.fail(whole[each.id], error)
        for each, address in left_out:
            ledger.copy_failed(whole[each.id], address, LEFT_OUT)
