"""What one person writes to one number of ours is taken in in the order it came, by however many workers."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gateway.models import CustomerMessage
from tests.webhooks.conftest import sms
from webhooks import processing
from webhooks.models import HOLDS_ITS_LANE, EventState, InboundEvent
from webhooks.outcome import Ended
from webhooks.processing import claim, process, process_due

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("bikes", "own_storage"),
]


@pytest.fixture
def own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def the_first_fails(monkeypatch: Any, caplog: Any) -> None:
    """A fault of ours that only one message meets."""
    caplog.set_level("CRITICAL", "webhooks.processing")
    take_in = processing.TAKE_IN["twilio_inbound"]

    def fail(event: InboundEvent) -> Ended:
        if b"text+0" in event.read_body():
            raise LookupError("a fault of ours")
        return take_in(event)

    monkeypatch.setitem(processing.TAKE_IN, "twilio_inbound", fail)


def write(twilio: Any, count: int, writer: str = "+15550199") -> None:
    for number in range(count):
        twilio.post(sms(f"SM{writer}{number}", Body=f"text {number}", From=writer))


def texts() -> list[str]:
    message = CustomerMessage.objects.get()
    replies = message.replies.order_by("created_at", "id").values_list("reply", flat=True)
    return [message.message, *replies]


def test_a_quick_worker_does_not_overtake_a_slow_one(twilio):
    write(twilio, 3)
    slow = claim(1, timezone.now())
    assert process_due() == 0
    process(slow[0])
    assert process_due() == 2
    assert texts() == ["text 0", "text 1", "text 2"]


def test_four_workers_at_once_keep_the_order(twilio):
    write(twilio, 12)

    def work(_: int) -> None:
        try:
            while InboundEvent.objects.filter(state=EventState.DUE).exists():
                process_due(2)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert texts() == [f"text {number}" for number in range(12)]


def test_other_people_are_not_held_up(twilio):
    write(twilio, 2)
    claim(1, timezone.now())
    write(twilio, 1, writer="+15550198")
    assert process_due() == 1
    assert CustomerMessage.objects.get().sender_phone == "+15550198"


@pytest.mark.usefixtures("the_first_fails")
def test_a_text_that_failed_is_waited_for_and_then_passed(twilio):
    write(twilio, 2)
    for _ in range(HOLDS_ITS_LANE):
        InboundEvent.objects.filter(state=EventState.FAILED).update(due_at=timezone.now())
        assert process_due() == 1
    assert not CustomerMessage.objects.exists()
    InboundEvent.objects.filter(state=EventState.FAILED).update(due_at=timezone.now())
    process_due()
    assert texts() == ["text 1"]


@pytest.mark.usefixtures("the_first_fails")
def test_a_text_that_waits_for_a_person_holds_up_nobody(twilio):
    write(twilio, 2)
    process_due()
    InboundEvent.objects.filter(state=EventState.FAILED).update(due_at=None)
    process_due()
    assert texts() == ["text 1"]


def test_mails_wait_for_nobody(mail_provider):
    for number in range(2):
        mail_provider.mail(b"From: carla@example.com\r\n\r\nmail %d" % number)
    assert len(claim(5, timezone.now())) == 2


def test_an_address_of_any_length_makes_a_lane(twilio):
    assert twilio.post(sms(From="whatsapp:US." + "9" * 300)).status_code == 200
    assert len(claim(5, timezone.now())) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="what PostgreSQL's planner does")
def test_a_journal_that_filled_up_unseen_is_looked_through_by_lane():
    """Its statistics say that little is due, as little was when it last looked."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # which it prefers for so few rows
        plan = InboundEvent.objects.due(timezone.now()).first_in_lane().explain()
    assert re.search(r"Index Cond: \(+lane\)::text = \(\w+\.lane\)::text", plan), plan
