"""Times are each machine's own clock's, and one of them may be an hour off."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from channels_out.models import Sender
from channels_out.outbox import drain, expire_leases, tick
from channels_out.outbox.claim import claim
from channels_out.outbox.record import Result, record
from channels_out.outgoing import Sent
from channels_out.state import State

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def elsewhere(off):
    """Another machine, whose clock is off by this."""
    return time_machine.travel(timezone.now() + off, tick=False)


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def test_f36_a_worker_whose_clock_is_ahead_sends_nothing_that_another_is_sending(memory, text):
    delivery = text()
    [claimed] = claim(1)
    with elsewhere(HOUR):
        tick()
        drain()
    assert state_of(delivery) == State.IN_DOUBT
    assert not memory.accepted
    record([Result(delivery.pk, claimed.outgoing.attempt_id, Sent("memory", "1"))])
    assert state_of(delivery) == State.SENT
    assert drain() == 0


def test_f36_a_worker_whose_clock_is_behind_leaves_a_lease_alone(memory, text):
    delivery = text()
    claim(1)
    with elsewhere(-HOUR):
        assert expire_leases() == 0
        assert drain() == 0
    assert state_of(delivery) == State.SENDING


def test_f36_the_lease_of_a_worker_whose_clock_is_behind_ends_in_doubt(memory, text):
    with elsewhere(-HOUR):
        delivery = text()
        Sender.objects.update(next_at=timezone.now())
        assert len(claim(1)) == 1
    assert expire_leases() == 1
    assert drain() == 0
    assert state_of(delivery) == State.IN_DOUBT
    assert not memory.accepted
