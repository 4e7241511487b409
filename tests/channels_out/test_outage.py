"""Row F25: a provider that is away for six hours while thousands of messages wait for it."""

from __future__ import annotations

import os
import re
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction

from channels_out.adapters.memory import Memory
from channels_out.adapters.registry import adapter_for
from channels_out.among import Among
from channels_out.channel import Channel
from channels_out.errors import ProviderDown
from channels_out.models import Delivery
from channels_out.outbox import drain, tick
from channels_out.outbox.queue import due
from channels_out.outgoing import Outgoing, Sent
from channels_out.plans import read_by_index
from channels_out.state import State

# Each claim and record commits: within one transaction PostgreSQL would keep every former state of every row.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

WAITING = 5_000 if os.environ.get("TEST_SERVICES") else 1_000
CONVERSATIONS = 50
PER_SECOND = 200
AWAY = timedelta(hours=6)
LOOK = timedelta(minutes=3)
# By then every wait that followed from the outage is over.
LONGEST_WAIT = timedelta(hours=1)


class Away(Memory):
    """A provider that has only errors of its own until it is back, and notes when it took which text."""

    def __init__(self) -> None:
        super().__init__()
        self.is_back = False
        self.refused = 0
        self.took: list[tuple[float, str]] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        if not self.is_back:
            self.refused += 1
            raise ProviderDown("No connection")
        self.took.append((time.monotonic(), outgoing.rendered.text))
        return await super().send(outgoing)


@pytest.fixture
def provider(settings):
    settings.CHANNEL_ADAPTERS = {"sms": f"{__name__}.{Away.__name__}"}
    return adapter_for(Channel.SMS)


def test_f25_what_waited_for_six_hours_goes_in_order_and_at_the_sender_s_pace(
    provider, text, sender
):
    begin = datetime(2026, 6, 8, 12, tzinfo=UTC)
    sender.per_second, sender.next_at = PER_SECOND, begin
    sender.save()
    with time_machine.travel(begin) as clock:
        for number in range(WAITING):
            text(str(number), lane=f"conversation-{number % CONVERSATIONS}")
        for _ in range(AWAY // LOOK):
            drain()
            tick()
            clock.shift(LOOK)
        assert Delivery.objects.filter(state=State.QUEUED).count() == WAITING
        assert provider.refused <= CONVERSATIONS + AWAY // LOOK  # then one at a time tries
        provider.is_back = True
        clock.shift(LONGEST_WAIT)
        began = time.monotonic()
        while len(provider.took) < WAITING:
            drain()
            tick()
    assert not Delivery.objects.exclude(state=State.SENT).exists()
    for before, (at, _) in enumerate(provider.took):
        assert before <= (at - began) * PER_SECOND + 1
    order = defaultdict(list)
    for _, words in provider.took:
        order[int(words) % CONVERSATIONS].append(int(words))
    assert len(order) == CONVERSATIONS
    assert all(numbers == sorted(set(numbers)) for numbers in order.values())


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


@pytest.mark.skipif(connection.vendor == "sqlite", reason="what PostgreSQL's planner does")
def test_f25_a_queue_is_read_from_its_front_and_rows_by_their_keys(memory, text):
    """Left to itself, it would rather read so few rows all, and sort them."""
    text(lane="conversation-1")
    now = datetime.now(UTC)
    by_key = Delivery.objects.filter(Among("pk", [uuid4() for _ in range(500)])).order_by()
    assert "Seq Scan" in by_key.explain()
    with transaction.atomic():
        read_by_index()
        assert "Seq Scan" not in by_key.explain()
        plan = due(now, now).explain()
    assert "Index Scan using delivery_due" in plan
    assert "Sort" not in plan
