"""Workers that really die: nothing is lost, and nothing goes out twice."""

import pytest
from django.utils import timezone

from channels_out.models import Delivery
from channels_out.outbox import drain, tick
from channels_out.state import State
from tests.channels_out.conftest import THEIR_NUMBER
from tests.channels_out.worker_process import (
    DIED,
    DIES_BEFORE_RECORDING,
    DIES_BEFORE_SENDING,
    LIVES,
    start_worker,
)
from tests.simulator_process import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

WORKER_WITHIN = 60  # seconds: a loaded machine starts Python slowly


def received(twilio):
    return [text["body"] for text in twilio.texts(THEIR_NUMBER)]


def after_the_lease():
    """What the next worker does once the dead one's lease has run out."""
    Delivery.objects.filter(state=State.SENDING).update(lease_until=timezone.now())
    tick()
    drain()


def test_f26_a_worker_killed_after_the_provider_took_the_message(twilio, text):
    delivery = text("Once")
    assert start_worker(DIES_BEFORE_RECORDING, twilio).wait(WORKER_WITHIN) == DIED
    assert received(twilio) == ["Once"]
    delivery.refresh_from_db()
    assert delivery.state == State.SENDING
    after_the_lease()
    delivery.refresh_from_db()
    assert delivery.state in (State.SENT, State.DELIVERED)
    assert received(twilio) == ["Once"]


def test_f27_a_worker_killed_before_it_sent(twilio, text):
    delivery = text("Once")
    assert start_worker(DIES_BEFORE_SENDING, twilio).wait(WORKER_WITHIN) == DIED
    assert received(twilio) == []
    after_the_lease()
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert received(twilio) == ["Once"]


def test_f26_a_worker_killed_with_many_messages_under_way(twilio, text):
    twilio.turn("create_slow", "always", ms=1500)
    words = sorted(f"Message {number}" for number in range(10))
    for each in words:
        text(each)
    worker = start_worker(LIVES, twilio)
    wait_for(lambda: len(received(twilio)) >= 3, WORKER_WITHIN)
    worker.kill()
    worker.wait(WORKER_WITHIN)
    twilio.all_faults_off()
    after_the_lease()
    assert sorted(received(twilio)) == words
    assert not Delivery.objects.exclude(state__in=[State.SENT, State.DELIVERED]).exists()
