"""Under which conversations something could be filed: the likely ones first, or what a search finds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Q

from gateway.inbox import NEWEST_FIRST, Inbox, Wanted, found_in
from gateway.models import CustomerMessage

MANY = 20
MANY_LIKELY = 8


@dataclass(frozen=True)
class Targets:
    """What is offered. `q` is what was searched for; then `others` is what was found, and none is likely."""

    q: str
    likely: list[CustomerMessage]
    others: list[CustomerMessage]


def targets_of(
    business_id: uuid.UUID, q: str, likely: Q, but: CustomerMessage | None = None
) -> Targets:
    """The conversations of a business, without `but`: those that are `likely`, then the newest; or by words."""
    if q.strip():
        found = Inbox([business_id], Wanted(q=q)).page(size=MANY).conversations
        return Targets(q, [], [each for each in found if each != but])
    known = found_in(business_id).order_by(*NEWEST_FIRST)
    known = known.exclude(pk=but.pk) if but else known
    first = list(known.filter(likely)[:MANY_LIKELY])
    return Targets("", first, [each for each in known[:MANY] if each not in first])
