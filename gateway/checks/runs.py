"""Asks for checks, and makes those that were asked for. A worker makes them: each talks to the outside world."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from gateway.bell import work_waits
from gateway.checks.making import make
from gateway.models import Check, CheckName

# Longer than the slowest test takes; a killed worker's is made by another one then.
LEASE = timedelta(minutes=1)
# A test that is still going is asked about again so soon.
SOON = timedelta(seconds=1)
# Nobody's mailbox is filled by a button.
AGAIN_AFTER = {CheckName.MAIL: timedelta(minutes=1)}
BATCH = 10
LONGEST_DETAIL = 255  # characters
log = logging.getLogger(__name__)


def ask(user: Any, name: CheckName) -> bool:
    """Asks for a check; False where one is under way, or was made a moment ago."""
    now = timezone.now()
    fresh = Check(user=user, name=name, asked_at=now)
    Check.objects.bulk_create([fresh], ignore_conflicts=True)
    work_waits("checks")
    if Check.objects.filter(pk=fresh.pk).exists():
        return True
    over = Q(finished_at__lte=now - AGAIN_AFTER.get(name, timedelta(0)))
    lost = Q(finished_at=None, asked_at__lte=now - LEASE)
    asked = Check.objects.filter(over | lost, user=user, name=name)
    return bool(
        asked.update(
            asked_at=now, finished_at=None, lease_until=None, outcome="", detail="", delivery=None
        )
    )


def run_due() -> int:
    """Makes the checks that were asked for; how many came to an end."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Check.objects.filter(free, finished_at=None).select_related("user", "delivery")
    return sum(_run(check) for check in due.order_by("asked_at")[:BATCH] if _claim(check))


def _claim(check: Check) -> bool:
    mine = Check.objects.filter(pk=check.pk, finished_at=None, lease_until=check.lease_until)
    return bool(mine.update(lease_until=timezone.now() + LEASE))


def _run(check: Check) -> bool:
    found = make(check)
    mine = Check.objects.filter(pk=check.pk, asked_at=check.asked_at)
    if found is None:
        mine.update(lease_until=timezone.now() + SOON)
        return False
    log.info("The check %r came to %r", check.name, found.outcome)
    detail = found.detail.replace("\0", "")[:LONGEST_DETAIL]
    mine.update(finished_at=timezone.now(), lease_until=None, outcome=found.outcome, detail=detail)
    return True
