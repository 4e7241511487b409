"""Several workers, and many reports at once, on one database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from channels_out.errors import CredentialsRefused
from channels_out.models import Circuit, Delivery, StatusEvent
from channels_out.outbox import StatusOutcome, StatusReport, drain, record_status, resume
from channels_out.outbox.claim import claim
from channels_out.outbox.pace import lock_senders
from channels_out.state import State
from tests.channels_out.conftest import THEIR_NUMBER
from tests.channels_out.worker_process import LIVES, start_worker

pytestmark = pytest.mark.django_db(transaction=True)

WORKER_WITHIN = 60  # seconds


def in_threads(work, times, threads=8):
    def once(_):
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(once, range(times)))


def test_f30_three_workers_send_each_message_once_and_keep_every_lane_in_order(twilio, text):
    for number in range(60):
        lane = number % 4
        text(f"{lane} {number:02}", lane=f"lane-{lane}")
    workers = [start_worker(LIVES, twilio) for _ in range(3)]
    assert [worker.wait(WORKER_WITHIN) for worker in workers] == [0, 0, 0]
    received = [each["body"] for each in twilio.texts(THEIR_NUMBER)]
    assert len(received) == 60
    for lane in "0123":
        of_lane = [words for words in received if words.startswith(lane)]
        assert of_lane == sorted(of_lane)
        assert len(of_lane) == 15
    assert not Delivery.objects.exclude(state__in=[State.SENT, State.DELIVERED]).exists()


def test_workers_that_claim_at_once_never_get_the_same_message(memory, text):
    for _ in range(40):
        text()
    claims = [each for batch in in_threads(lambda: claim(10), 8) for each in batch]
    assert len(claims) == 40
    assert len({each.delivery_id for each in claims}) == 40


def test_workers_that_look_at_once_let_one_message_try_a_silent_provider(memory, text):
    for _ in range(40):
        text()
    now = timezone.now()
    Circuit.objects.create(channel="sms", failures=5, opened_at=now, open_until=now)
    claims = [each for batch in in_threads(lambda: claim(10), 8) for each in batch]
    assert len(claims) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_sender_that_works_again_never_waits_for_a_claim(memory, text, sender):
    memory.answers.append(CredentialsRefused())
    delivery = text()
    drain()
    sender.refresh_from_db()
    with transaction.atomic():  # as a claim begins
        Delivery.objects.select_for_update().get(pk=delivery.pk)
        in_threads(lambda: resume(sender), 1)
        sender.refresh_from_db()
    assert sender.paused_at is None


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_what_is_queued_for_a_sender_never_waits_for_a_claim(memory, text, sender):
    def queue() -> Delivery:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        return text()

    first = text()
    with transaction.atomic():  # as a claim goes on
        lock_senders([first])
        [second] = in_threads(queue, 1)
    assert second.sender_id == sender.pk


def test_f12_a_hundred_equal_reports_at_once_are_one_row(memory, text):
    delivery = text()
    claim(1)
    report = StatusReport(
        provider="twilio",
        provider_status="delivered",
        provider_id="SM1",
        attempt_id=delivery.tries.get().pk,
    )
    outcomes = in_threads(lambda: record_status(report), 100)
    assert outcomes.count(StatusOutcome.RECORDED) == 1
    assert outcomes.count(StatusOutcome.DUPLICATE) == 99
    assert StatusEvent.objects.count() == 1
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
