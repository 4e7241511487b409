"""One batch of the errands that are due: all questions are put first, then each is heard."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils import timezone

from gateway.worker import is_stopping
from webhooks.models import Errand, Round
from webhooks.reconcile import ledger, received, rounds, standing

BATCH = 20
Hear = Callable[[], None]


def run_due(limit: int = BATCH) -> int:
    """Does the errands that are due; how many there were. One that does not work keeps back no other."""
    now = timezone.now()
    rounds.begin_missing(now)
    claimed = rounds.claim(limit, now)
    ours = _ours(claimed)
    begun = [(each, _begin(each, ours, now)) for each in claimed]
    for errand, hear in begun:
        if is_stopping():
            rounds.give_back(errand, now)
            continue
        try:
            hear()
        except Exception as error:  # noqa: BLE001  it is on the row, and in the log
            rounds.fail(errand, error)
    return len(claimed)


def _ours(claimed: list[Round]) -> set[UUID]:
    asked = [each.sender_id for each in claimed if each.sender_id]
    return set(rounds.our_numbers().filter(pk__in=asked).values_list("pk", flat=True))


def _begin(errand: Round, ours: Container[UUID], now: datetime) -> Hear:
    """Puts the question, and gives back what hears the answer."""
    if errand.errand == Errand.LEDGER:
        return partial(ledger.write_due, errand, now)
    if errand.errand == Errand.STANDING:
        return partial(standing.finish, errand, standing.begin(errand, now), now)
    sender = errand.sender
    if sender is None or sender.pk not in ours:
        return partial(rounds.forget, errand)
    listed = received.begin(errand, sender, now)
    return partial(received.finish, errand, sender.channel, listed, now)
