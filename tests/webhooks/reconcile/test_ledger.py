"""The ledger of a day: everything that was taken in or sent, what became of it, and what does not balance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from uuid_utils.compat import uuid7

from channels_out.models import Delivery
from channels_out.outbox import drain
from channels_out.state import State
from gateway.models import CustomerMessage
from tests.webhooks.conftest import sms
from webhooks.models import InboundEvent, LedgerDay
from webhooks.outcome import Outcome
from webhooks.processing import process_due
from webhooks.reconcile.errands import run_due
from webhooks.reconcile.ledger import unbalanced, write

pytestmark = pytest.mark.django_db


def all_is_worked() -> None:
    process_due()
    drain()


@pytest.fixture(autouse=True)
def no_provider(settings: Any) -> None:
    """Nobody is there to be asked for messages."""
    memory = "channels_out.adapters.memory.Memory"
    settings.CHANNEL_ADAPTERS = dict.fromkeys(("sms", "whatsapp"), memory)


@pytest.fixture
def noon() -> Iterator[datetime]:
    """Today at noon, for tests that go on for days."""
    at = datetime.combine(today(), time(12), tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        yield at


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def the_ledger(day: date | None = None) -> str:
    printed = StringIO()
    call_command("ledger", *(["--day", str(day)] if day else []), stdout=printed)
    return printed.getvalue()


def row(printed: str, name: str) -> dict[str, str]:
    """The cells of one row by the names of their columns."""
    lines = printed.splitlines()
    number = next(at for at, line in enumerate(lines) if line.startswith(name))
    heading = next(line for line in lines[number::-1] if "accepted" in line)
    names = heading[32:].split()
    return dict(zip(names, lines[number][32:].split(), strict=True))


def test_it_says_what_became_of_all_that_was_taken_in(twilio, bikes):
    twilio.post(sms())
    twilio.post(sms("SM" + "2" * 32, To="+15559999"))
    all_is_worked()
    printed = the_ledger(today())
    assert row(printed, "SMS or WhatsApp message") == {
        "accepted": "2",
        "recovered": "0",
        "filed": "1",
        "recorded": "0",
        "held": "1",
        "automatic": "0",
        "spam": "0",
        "refused": "0",
        "failed": "0",
        "waiting": "0",
        "other": "0",
    }
    assert printed.rstrip().endswith("It balances.")


def test_what_is_taken_in_and_not_worked_is_named(twilio, bikes):
    for number in range(3):
        twilio.post(sms(f"SM{number:032}"))
    assert (
        "3 of “SMS or WhatsApp message” taken in, and not yet filed, held or refused."
        in the_ledger(today())
    )
    all_is_worked()
    assert "It balances." in the_ledger(today())
    assert not LedgerDay.objects.get().differences


def test_what_failed_for_good_is_told_from_what_is_tried_again(twilio, bikes):
    for number in range(3):
        twilio.post(sms(f"SM{number:032}"))
    given_up = InboundEvent.objects.first()
    InboundEvent.objects.update(state="failed", outcome=Outcome.FAILED)
    InboundEvent.objects.filter(pk=given_up.pk).update(due_at=None)
    printed = the_ledger(today())
    assert "2 of “SMS or WhatsApp message” taken in, failed, and tried again." in printed
    assert "1 of “SMS or WhatsApp message” taken in and failed for good" in printed
    assert row(printed, "SMS or WhatsApp message")["failed"] == "3"


def test_what_was_filed_and_is_gone_is_named(twilio, bikes):
    twilio.post(sms())
    process_due()
    CustomerMessage.objects.all().delete()
    assert "1 of “SMS or WhatsApp message” filed or held, and no longer there." in the_ledger(
        today()
    )


def test_what_is_to_be_sent_and_still_open_is_named(db):
    for state in (State.QUEUED, State.IN_DOUBT, State.SENT, State.READ, State.FAILED):
        Delivery.objects.create(
            channel="sms", to_address="+15550199", payload={"text": "Hi"}, state=state
        )
    printed = the_ledger(today())
    assert row(printed, "SMS") == {
        "accepted": "5",
        "sent": "2",
        "delivered": "1",
        "failed": "1",
        "cancelled": "0",
        "open": "2",
    }
    assert "1 to send by SMS, still open: queued." in printed
    assert "1 to send by SMS, still open: in doubt." in printed


def test_a_day_has_only_what_came_in_it(twilio, bikes):
    twilio.post(sms())
    long_ago = int(datetime(2026, 1, 31, tzinfo=UTC).timestamp() * 1000) << 80
    older = Delivery(channel="sms", to_address="+15550199", payload={}, state=State.SENT)
    older.id = type(uuid7())(int=long_ago)
    older.save()
    assert "SMS or WhatsApp message" not in the_ledger(date(2026, 1, 31))
    assert row(the_ledger(date(2026, 1, 31)), "SMS")["accepted"] == "1"
    assert "SMS or WhatsApp message" not in the_ledger()


def test_it_is_written_every_night_and_again_while_it_does_not_balance(twilio, bikes, noon):
    run_due()
    twilio.post(sms())
    with time_machine.travel(noon + timedelta(hours=13), tick=False):
        run_due()
    assert LedgerDay.objects.get().differences
    all_is_worked()
    with time_machine.travel(noon + timedelta(hours=14), tick=False):
        run_due()
    balanced = LedgerDay.objects.get()
    assert (balanced.day, balanced.differences) == (noon.date(), [])
    with time_machine.travel(noon + timedelta(hours=16), tick=False):
        run_due()
    assert LedgerDay.objects.get().written_at == balanced.written_at


def test_days_on_which_no_worker_ran_are_written_later(bikes, noon):
    run_due()
    with time_machine.travel(noon + timedelta(days=4), tick=False):
        run_due()
    days = list(LedgerDay.objects.order_by("day").values_list("day", flat=True))
    assert days == [noon.date() + timedelta(days=number) for number in range(4)]


def test_a_message_of_an_earlier_day_that_is_recovered_is_counted_there(twilio, bikes, noon):
    run_due()
    with time_machine.travel(noon + timedelta(days=1), tick=False):
        run_due()
    twilio.post(sms())
    InboundEvent.objects.update(recovered_at=noon + timedelta(days=1))
    with time_machine.travel(noon + timedelta(days=2), tick=False):
        run_due()
    first = LedgerDay.objects.get(day=noon.date())
    assert first.counts["recovered"] == {"twilio_inbound": 1}


def test_today_is_no_alarm(twilio, bikes):
    twilio.post(sms())
    the_ledger(today())
    assert LedgerDay.objects.get().differences
    assert unbalanced(timezone.now()) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Others scan what is so small")
def test_it_reads_no_more_than_the_day(db):
    with CaptureQueriesContext(connection) as asked:
        write(today())
    counted = [each["sql"] for each in asked.captured_queries if "COUNT(" in each["sql"]]
    assert len(counted) == 2
    with connection.cursor() as cursor:
        for statement in counted:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            assert str(cursor.fetchall()[0][3]).startswith("SEARCH")
