"""What is known of messages under way outlives trouble with the database."""

import pytest
from django.db import OperationalError

from channels_out.models import Delivery
from channels_out.outbox import deliver, drain
from channels_out.signals import deliveries_changed
from channels_out.state import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """Connects a receiver of `deliveries_changed` for one test."""
    receivers = []

    def connect(receiver):
        receivers.append(receiver)
        deliveries_changed.connect(receiver)

    yield connect
    for receiver in receivers:
        deliveries_changed.disconnect(receiver)


def states():
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_a_claim_that_fails_loses_no_answer_of_those_under_way(memory, text, monkeypatch):
    real, calls = deliver.claim, []

    def broken_the_second_time(limit, rooms, **more):
        calls.append(limit)
        if len(calls) == 2:
            raise OperationalError("the connection is lost")
        return real(limit, rooms, **more)

    monkeypatch.setattr(deliver, "claim", broken_the_second_time)
    for _ in range(3):
        text()
    with pytest.raises(OperationalError, match="the connection is lost"):
        drain()
    assert states() == [State.SENT] * 3
    assert len(calls) == 2


def test_an_answer_is_recorded_after_the_database_was_busy_for_a_moment(memory, text, heard):
    calls = []

    def busy_twice(changes, **_):
        calls.append(changes)
        if len(calls) < 3:
            raise OperationalError("database is locked")

    heard(busy_twice)
    text()
    assert drain() == 1
    assert states() == [State.SENT]


def test_an_answer_that_cannot_be_recorded_keeps_back_no_other(memory, text, heard):
    bad = text()
    for _ in range(3):
        text()

    def chokes(changes, **_):
        if any(change.delivery_id == bad.pk for change in changes):
            raise ValueError("a bug of the receiver")

    heard(chokes)
    with pytest.raises(ValueError, match="a bug of the receiver"):
        drain()
    assert states() == [State.SENDING, *[State.SENT] * 3]


def test_f33_a_database_that_stays_broken_is_told_to_the_caller(memory, text, heard, monkeypatch):
    monkeypatch.setattr("channels_out.outlast.PATIENCE", 0.2)

    tries = []

    def broken(changes, **_):
        tries.append(changes)
        raise OperationalError("disk is full")

    heard(broken)
    text()
    with pytest.raises(OperationalError, match="disk is full"):
        drain()
    assert states() == [State.SENDING]
    assert 2 < len(tries) < 12
