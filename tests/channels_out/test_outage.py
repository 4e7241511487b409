"""Row F25: a provider that is away for six hours while thousands of messages wait for it."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from channels_out.errors import ProviderDown, SendError
from channels_out.models import Delivery
from channels_out.outbox import tick
from channels_out.outbox.claim import Claim, claim, due
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent
from channels_out.state import State

# Each claim and record commits: within one transaction PostgreSQL would keep every former state of every row.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

WAITING = 5_000 if os.environ.get("TEST_SERVICES") else 1_000
CONVERSATIONS = 50
PER_SECOND = 20
AWAY = timedelta(hours=6)
LOOK = timedelta(minutes=3)
MOST_STEPS = 2000


def answers(claims: list[Claim], error: SendError | None = None) -> None:
    """What the provider says to each."""
    record(
        [
            Result(
                each.delivery_id,
                each.outgoing.attempt_id,
                error or Sent("memory", f"SM{each.outgoing.attempt_id}"),
            )
            for each in claims
        ]
    )


def test_f25_what_waited_for_six_hours_goes_in_order_and_at_the_sender_s_pace(memory, text, sender):
    sender.per_second = PER_SECOND
    begin = datetime(2026, 6, 8, 12, tzinfo=UTC)
    sender.next_at = begin
    sender.save()
    with time_machine.travel(begin, tick=False) as clock:
        for number in range(WAITING):
            text(str(number), lane=f"conversation-{number % CONVERSATIONS}")
        tried = 0
        for _ in range(AWAY // LOOK):
            claims = claim(PER_SECOND)
            tried += len(claims)
            answers(claims, ProviderDown("No connection"))
            tick()
            clock.shift(LOOK)
        assert Delivery.objects.filter(state=State.QUEUED).count() == WAITING
        assert tried <= PER_SECOND + AWAY // LOOK  # then one at a time tries
        begun: list[tuple[datetime, Claim]] = []
        for _ in range(MOST_STEPS):
            if len(begun) == WAITING:
                break
            while claims := claim(PER_SECOND):
                begun += [(datetime.now(UTC), each) for each in claims]
                answers(claims)
            clock.shift(1)
    assert not Delivery.objects.exclude(state=State.SENT).exists()
    assert max(Counter(at for at, _ in begun).values()) <= PER_SECOND
    lanes = dict(Delivery.objects.values_list("pk", "lane"))
    order = defaultdict(list)
    for _, each in begun:
        order[lanes[each.delivery_id]].append(int(each.outgoing.rendered.text))
    assert len(order) == CONVERSATIONS
    assert all(numbers == sorted(numbers) for numbers in order.values())


@pytest.mark.skipif(connection.vendor == "sqlite", reason="what PostgreSQL's planner does")
def test_f25_a_queue_that_grew_unseen_is_looked_through_by_lane(memory, text):
    """Its statistics say that little waits, as little did when it last looked."""
    text(lane="conversation-1")
    now = datetime.now(UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # which it prefers for so few rows
        plan = due(now, now).explain()
    assert re.search(r"Index Cond: \(+lane\)::text = \(channels_out_delivery.lane\)::text", plan), (
        plan
    )
