"""Who does which errand when: one worker at a time, by a row that it puts off while it is at it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from channels_out.adapters.registry import adapter_for, asked_on
from channels_out.channel import PHONE_CHANNELS, Channel
from channels_out.error_text import without_rows
from channels_out.errors import SendError
from channels_out.models import Sender
from webhooks.conf import twilio_account_sid, twilio_auth_tokens
from webhooks.metrics import FAILED_ROUNDS
from webhooks.models import Errand, Round
from webhooks.text import clean

EVERY = timedelta(minutes=5)
# Longer than any errand takes; a killed worker's is done by another one then.
LEASE = timedelta(minutes=15)
# A number that is new here begins with what came in since it is, but no longer ago than this.
FIRST_LOOK_BACK = timedelta(days=1)
# A message that nobody reported on is asked about so long after it was sent. The network gives up after
# hours (https://www.twilio.com/docs/messaging/api/message-resource, ValidityPeriod: at most ten), and what becomes
# of most mails is known within one; Mailgun keeps that for a day at least.
AGES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=12))
# A day (UTC) is over for the ledger when what came in before midnight has been worked and asked for.
AFTER_MIDNIGHT = timedelta(minutes=30)
OF_MAIL = f"{Errand.STANDING}:mail:"
LONGEST_PROBLEM = 1_000  # characters
log = logging.getLogger(__name__)


def our_numbers() -> QuerySet[Sender]:
    """Our numbers whose incoming messages the provider lists to us; those of another account are not ours to take."""
    if not (twilio_account_sid() and twilio_auth_tokens()):
        return Sender.objects.none()
    channels = [channel for channel in sorted(PHONE_CHANNELS) if adapter_for(channel).can_list]
    return Sender.objects.filter(channel__in=channels, account__in=("", twilio_account_sid()))


def standing_channels(rung: Round) -> Collection[str]:
    """The channels whose messages a round asks about: mail has rounds of its own, as has each age."""
    return {Channel.EMAIL} if rung.name.startswith(OF_MAIL) else PHONE_CHANNELS


def begin_missing(now: datetime) -> None:
    """Makes a row for each errand that has none."""
    is_there = Round.objects.filter(errand=Errand.RECEIVED, sender=OuterRef("pk"))
    fresh = our_numbers().exclude(Exists(is_there))
    rounds = [_of_number(sender, now) for sender in fresh.only("pk", "created_at")]
    known = set(Round.objects.exclude(errand=Errand.RECEIVED).values_list("name", flat=True))
    rounds += [each for each in _others(now) if each.name not in known]
    if rounds:
        Round.objects.bulk_create(rounds, ignore_conflicts=True)


@transaction.atomic
def claim(limit: int, now: datetime) -> list[Round]:
    """Takes errands that are due into this worker's hands until LEASE has passed."""
    due = Round.objects.filter(due_at__lte=now)
    first = due.order_by("due_at", "name")
    if connection.features.has_select_for_update_skip_locked:
        first = first.select_for_update(skip_locked=True)
    names = list(first.values_list("name", flat=True)[:limit])
    if not names:
        return []
    due.filter(name__in=names).update(due_at=now + LEASE)
    mine = Round.objects.filter(name__in=names, due_at=now + LEASE)
    return list(mine.select_related("sender").order_by("name"))


def advance(
    done: Round, reached: datetime, due_at: datetime, reached_id: UUID | None = None
) -> None:
    """It worked, and everything until `reached` is compared; nothing where another worker has it by now."""
    _mine(done).update(
        reached=reached,
        reached_id=reached_id,
        due_at=due_at,
        done_at=timezone.now(),
        failing_since=None,
        problem="",
    )


def fail(failed: Round, error: Exception) -> None:
    """It did not work: it is tried again later from where it was, and the row says why."""
    now = timezone.now()
    reason = error.detail if isinstance(error, SendError) else f"{type(error).__name__}: {error}"
    # Of a provider that is away there is nothing to trace, and there may be many numbers.
    trace = None if isinstance(error, SendError) else error
    FAILED_ROUNDS.labels(failed.errand).inc()
    log.warning("%s did not work and is tried again: %s", failed, reason, exc_info=trace)
    _mine(failed).update(
        due_at=now + EVERY,
        failing_since=Coalesce("failing_since", now),
        problem=clean(without_rows(reason))[:LONGEST_PROBLEM],
    )


def give_back(claimed: Round, now: datetime) -> None:
    """It is due again at once: this worker is told to end."""
    _mine(claimed).update(due_at=now)


def ask_at_once() -> int:
    """Makes all questions due, where it is certain that no other worker is at them; how many."""
    return Round.objects.exclude(errand=Errand.LEDGER).update(due_at=timezone.now())


def forget(gone: Round) -> None:
    """There is nothing to do for it any more."""
    _mine(gone).delete()


def ledger_day(at: datetime) -> date:
    """The day that was not over at this time, as the ledger counts days."""
    return (at - AFTER_MIDNIGHT).astimezone(UTC).date()


def ledger_due(now: datetime) -> datetime:
    """When the day that is not over can be written."""
    midnight = datetime.combine(ledger_day(now) + timedelta(days=1), time(), tzinfo=UTC)
    return midnight + AFTER_MIDNIGHT


def _mine(claimed: Round) -> QuerySet[Round]:
    return Round.objects.filter(pk=claimed.pk, due_at=claimed.due_at)


def _of_number(sender: Sender, now: datetime) -> Round:
    return Round(
        name=f"{Errand.RECEIVED}:{sender.pk}",
        errand=Errand.RECEIVED,
        sender=sender,
        reached=max(sender.created_at, now - FIRST_LOOK_BACK),
        due_at=now + EVERY,
    )


def _others(now: datetime) -> Iterator[Round]:
    yield Round(name=Errand.LEDGER, errand=Errand.LEDGER, reached=now, due_at=ledger_due(now))
    for age in AGES:
        yield _of_age(f"{Errand.STANDING}:", age, now)
        if asked_on(Channel.EMAIL):
            yield _of_age(OF_MAIL, age, now)


def _of_age(kind: str, age: timedelta, now: datetime) -> Round:
    reached = now - max(age, FIRST_LOOK_BACK)
    name = f"{kind}{int(age.total_seconds())}"
    return Round(name=name, errand=Errand.STANDING, reached=reached, due_at=now + EVERY)
