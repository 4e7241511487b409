"""Whether a provider answers. One that has only errors of its own is left alone for a growing time.

All workers share what one of them learnt: it is a row for each channel of an account. The queue is
kept, others are not affected, and now and then one message is let through to try.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import SystemRandom

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from channels_out.errors import NotStarted, ProviderDown, SendError, Uncertain
from channels_out.models import Circuit, Delivery, DeliveryAttempt
from channels_out.outbox.claimed import Due
from channels_out.outgoing import Sent
from channels_out.questions import Question

logger = logging.getLogger(__name__)

# So many failures in a row are no accident; one message that a provider stumbles over is none either.
TRIP_AFTER = 5

# How long it is left alone at first, and at most: pauses double, with jitter.
FIRST_PAUSE = 5.0  # seconds
LONGEST_PAUSE = 120.0  # seconds
DOUBLINGS = 10

# The slowest answer takes a little less. A message that has none by then lost its worker: another may try.
PROBE_WITHIN = timedelta(seconds=20)

# A worker looks every second: where nothing tried for so long, nothing is due.
UNTRIED = timedelta(minutes=1)

# The keys of providers that have failed since they last took a message.
IN_TROUBLE = Question(
    lambda: Circuit.objects.filter(failures__gt=0).order_by().values_list("channel", "account")
)

_random = SystemRandom()

Key = tuple[str, str]


@dataclass
class Heard:
    """What the answers of one transaction say of one provider."""

    works: bool = False
    failures: int = 0
    last_began: datetime | None = None
    reason: str = ""


@dataclass
class Hearing:
    """Gathers what answers say of their providers, to be written once, in sorted order."""

    _heard: dict[Key, Heard] = field(default_factory=dict)

    def hear(self, delivery: Delivery, attempt: DeliveryAttempt, answer: Sent | SendError) -> None:
        """A refusal of one message comes from a provider that works; no answer is a failure."""
        if isinstance(answer, NotStarted):
            return
        heard = self._of(key_of(delivery))
        if isinstance(answer, ProviderDown | Uncertain):
            heard.failures += 1
            heard.last_began = max(heard.last_began or attempt.started_at, attempt.started_at)
            heard.reason = answer.detail[:255]
        else:
            heard.works = True

    def write(self, at: datetime) -> None:
        """Closes the circuits of those that work, and opens those of the others. Wants senders locked already."""
        for key, heard in sorted(self._heard.items(), key=lambda item: item[0]):
            if heard.works:
                _close(key)
            else:
                _fail(key, heard, at)

    def _of(self, key: Key) -> Heard:
        if key not in self._heard:
            self._heard[key] = Heard()
        return self._heard[key]


def no_answer(prefix: str = "") -> Exists:
    """Whether a delivery waits for its provider; `prefix` leads to the delivery, as `delivery__`."""
    account = Coalesce(OuterRef(f"{prefix}sender__account"), Value(""))
    ours = Circuit.objects.filter(channel=OuterRef(f"{prefix}channel"), account=account)
    return Exists(ours.filter(opened_at__isnull=False))


def close_untried() -> int:
    """Closes those that no message has tried for a while, as none is due for them; how many.

    Whoever watches would else be told of a provider that nobody asked since.
    """
    since = timezone.now() - UNTRIED
    untried = to_be_probed(since)
    for circuit in untried:
        with transaction.atomic():
            _close((circuit.channel, circuit.account), open_until__lte=since)
    return len(untried)


def to_be_probed(now: datetime) -> list[Circuit]:
    """Those whose time is over, in the order in which they are locked; nearly always none."""
    return list(Circuit.objects.filter(open_until__lte=now).order_by("channel", "account"))


def on(circuit: Circuit) -> Q:
    """The deliveries of this circuit."""
    if circuit.account:
        return Q(channel=circuit.channel, sender__account=circuit.account)
    return Q(channel=circuit.channel) & (Q(sender=None) | Q(sender__account=""))


def begin_probe(circuit: Circuit, now: datetime) -> bool:
    """Take the one place there is; another worker may have it."""
    free = Circuit.objects.filter(pk=circuit.pk, open_until=circuit.open_until)
    return bool(free.update(open_until=now + PROBE_WITHIN))


def key_of(delivery: Delivery | Due) -> Key:
    """The provider that a delivery went to: its channel, and the account of its sender's row."""
    return delivery.channel, delivery.sender.account if delivery.sender else ""


def _close(key: Key, **still: datetime) -> None:
    channel, account = key
    failed = Circuit.objects.filter(channel=channel, account=account, failures__gt=0, **still)
    for circuit in failed.select_for_update():
        if circuit.opened_at:
            logger.warning("The provider of %s is used again", circuit)
        circuit.failures = circuit.probes = 0
        circuit.opened_at = circuit.open_until = None
        circuit.reason = ""
        circuit.save()


def _fail(key: Key, heard: Heard, at: datetime) -> None:
    channel, account = key
    circuits = Circuit.objects.select_for_update()
    circuit, _ = circuits.get_or_create(channel=channel, account=account)
    circuit.failures += heard.failures
    circuit.reason = heard.reason
    if circuit.opened_at is None:
        if circuit.failures >= TRIP_AFTER:
            circuit.opened_at = at
            _leave_alone(circuit, at)
    elif heard.last_began and heard.last_began >= circuit.opened_at:
        circuit.probes += 1  # what was under way when it opened tells nothing new
        _leave_alone(circuit, at)
    circuit.save()


def _leave_alone(circuit: Circuit, at: datetime) -> None:
    doubled = FIRST_PAUSE * 2 ** min(circuit.probes, DOUBLINGS)
    pause = min(doubled, LONGEST_PAUSE) * _random.uniform(0.5, 1.0)
    circuit.open_until = at + timedelta(seconds=pause)
    logger.error("The provider of %s does not answer and is left alone for %.0f s", circuit, pause)
