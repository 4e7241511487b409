"""Several workers on one database ask at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from gateway import worker
from gateway.models import CustomerMessage
from tests.webhooks.conftest import CUSTOMER, OUR_NUMBER
from webhooks.models import Errand, InboundEvent, Round
from webhooks.processing import process_due
from webhooks.reconcile import received
from webhooks.reconcile.errands import run_due

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 3


def at_once(work):
    """What each of some workers did, who all begin at the same moment."""
    barrier = Barrier(WORKERS)

    def one(_):
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(WORKERS)))


def test_f18_each_number_is_asked_for_by_one_worker(provider, bikes):
    run_due()
    Round.objects.update(due_at=timezone.now())
    assert sum(at_once(run_due)) == Round.objects.exclude(errand=Errand.LEDGER).count() + 1


def test_f18_workers_that_found_the_same_insert_it_once(provider, bikes):
    run_due()
    for number in range(5):
        provider.send_text(CUSTOMER, OUR_NUMBER, f"Text {number}")
    number = Round.objects.get(errand=Errand.RECEIVED, sender__channel="sms")
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        now = timezone.now()

        def look() -> None:
            listed = received.begin(number, number.sender, now)
            received.finish(number, "sms", listed, now)

        at_once(look)
        process_due(100)
    assert InboundEvent.objects.count() == 5
    assert CustomerMessage.objects.get().replies.count() == 4


def test_a_worker_that_is_told_to_end_leaves_the_rest_to_others(provider, bikes, monkeypatch):
    run_due()
    Round.objects.update(due_at=timezone.now())
    monkeypatch.setattr("webhooks.reconcile.errands.is_stopping", lambda: True)
    asked = run_due()
    monkeypatch.undo()
    assert run_due() == asked > 0


def test_the_worker_does_it_by_the_clock():
    assert worker.WORK["errands"].batch is run_due
    assert worker.WORK["errands"].every > 0


def test_a_worker_that_begins_alone_asks_at_once(bikes, provider):
    run_due()
    assert worker.WORK["errands"].take_back() == Round.objects.exclude(errand=Errand.LEDGER).count()
    assert run_due() == Round.objects.exclude(errand=Errand.LEDGER).count()
