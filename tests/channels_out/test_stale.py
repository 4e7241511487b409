"""What waited until it is out of date: its writer is asked before anything goes out."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.utils import timezone

from channels_out.errors import ProviderDown
from channels_out.outbox import drain, retry, tick
from channels_out.outbox.claim import claim
from channels_out.state import State
from tests.channels_out.test_outbox import texts


def test_f25_what_waited_too_long_for_a_provider_is_asked_about_and_not_sent(memory, text):
    old = text("Come by at five.", stale_after=timedelta(hours=24))
    plain = text("No matter when.")
    memory.answers.extend([ProviderDown(), ProviderDown()])
    drain()
    later = timezone.now() + timedelta(hours=24, seconds=1)
    with time_machine.travel(later):
        tick()
        drain()
        for delivery in (old, plain):
            delivery.refresh_from_db()
        assert (old.state, old.error_name) == (State.FAILED, "expired")
        assert texts(memory) == ["No matter when."]
        retry(old)
        drain()
    assert texts(memory) == ["No matter when.", "Come by at five."]


def test_f25_it_is_not_sent_either_by_a_worker_that_is_quicker_than_the_clock(memory, text):
    text("Come by at five.", stale_after=timedelta(hours=24))
    with time_machine.travel(timezone.now() + timedelta(hours=24)):
        assert claim(10) == []
