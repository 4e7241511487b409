"""One message, one number or one provider that gives trouble stands in no other's way."""

from __future__ import annotations

import time
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.models import Circuit, Delivery, Sender
from channels_out.outbox import circuit as circuits
from channels_out.outbox import claim as claims
from channels_out.outbox import deliver, drain, enqueue, resolve_doubts
from channels_out.outbox.claim import claim
from channels_out.outgoing import Rendered
from channels_out.signals import deliveries_changed
from channels_out.state import State
from channels_out.suppression import suppress
from tests.channels_out.conftest import THEIR_NUMBER

pytestmark = pytest.mark.django_db(transaction=True)

BACKLOG = 80
FROM_ANOTHER_VERSION = {"text": "Hi", "of_a_later_version": 1}


def backlog(sender, count=BACKLOG):
    Delivery.objects.bulk_create(
        Delivery(
            channel=sender.channel, sender=sender, to_address=f"+1555{n:04}", payload={"text": "x"}
        )
        for n in range(count)
    )


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def words(memory):
    return [outgoing.rendered.text for outgoing, _ in memory.accepted]


@pytest.fixture
def few_at_once(monkeypatch):
    """A claim sees a part of what waits only, as with thousands."""
    monkeypatch.setattr(deliver, "MOST", 10)
    monkeypatch.setattr(deliver, "ALONE", 10)


@pytest.mark.usefixtures("few_at_once")
def test_what_waits_for_the_pace_of_its_number_holds_up_no_other_numbers(memory, text):
    """Once its turns are used up, it is the oldest that is due all the same."""
    for address in ("+15550991", "+15550992"):
        backlog(Sender.objects.create(channel=Channel.SMS, address=address, per_second=20))
    mine = text("mine")
    drain(goes_on=lambda: "mine" not in words(memory))
    assert state_of(mine) == State.SENT
    assert words(memory).index("mine") < BACKLOG  # of twice as many


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_what_a_claim_waited_for_a_lock_is_taken_off_the_time_to_begin(memory, text, sender):
    """Else it began after its lease had ended, and another worker had sent it."""
    text()
    is_held, go_on = Event(), Event()

    def hold():
        with transaction.atomic():
            Sender.objects.select_for_update(no_key=True).get(pk=sender.pk)
            is_held.set()
            go_on.wait(20)
        connections.close_all()

    holder = Thread(target=hold)
    holder.start()
    is_held.wait(20)
    Thread(target=lambda: (time.sleep(1), go_on.set())).start()
    (claimed,) = claim(1)
    holder.join()
    leased_for = (claimed.lease_until - timezone.now()).total_seconds()
    spare = (claims.LEASE - claims.START_WITHIN).total_seconds()
    assert claimed.start_by - time.monotonic() <= leased_for - spare + 0.2


def test_what_another_version_wrote_is_put_off_and_holds_up_nothing(memory, text, caplog):
    bad, good = text(), text("good")
    Delivery.objects.filter(pk=bad.pk).update(payload=FROM_ANOTHER_VERSION)
    drain()
    assert (state_of(bad), state_of(good)) == (State.QUEUED, State.SENT)
    assert bad.due_at > timezone.now() + timedelta(minutes=4)
    assert "this version cannot read it" in caplog.text


def test_nor_does_it_where_it_is_in_doubt(memory, text, caplog):
    for delivery in (bad := text(), good := text("good")):
        claim(1)
        Delivery.objects.filter(pk=delivery.pk).update(
            state=State.IN_DOUBT, lease_until=None, due_at=timezone.now()
        )
    Delivery.objects.filter(pk=bad.pk).update(payload=FROM_ANOTHER_VERSION)
    Delivery.objects.filter(pk=good.pk).update(queued_at=timezone.now() - timedelta(hours=1))
    assert resolve_doubts() == 2
    assert f"Delivery {bad.pk} stays in doubt" in caplog.text
    assert f"Delivery {good.pk} stays in doubt" not in caplog.text


def test_who_breaks_off_on_hearing_of_one_failure_holds_up_no_other(memory, text, sender, caplog):
    for address in ("+15550111", "+15550122"):
        suppress(Channel.SMS, sender.address, address, reason="keyword")
    bad, stopped = text(to_address="+15550111"), text(to_address="+15550122")
    good = text("good")

    def hear(changes, **_):
        if any(change.delivery_id == bad.pk for change in changes):
            raise LookupError("a fault of ours")

    deliveries_changed.connect(hear)
    try:
        drain()
    finally:
        deliveries_changed.disconnect(hear)
    assert [state_of(each) for each in (bad, stopped, good)] == [
        State.QUEUED,
        State.FAILED,
        State.SENT,
    ]
    assert f"is not written down: {bad.pk}\n" in caplog.text


def test_a_number_of_two_channels_has_a_pace_on_each(memory, sender, whatsapp_sender):
    Sender.objects.filter(pk=sender.pk).update(per_second=0.5)
    for each in (sender, whatsapp_sender):
        enqueue(
            channel=each.channel,
            sender=each,
            to_address=THEIR_NUMBER,
            rendered=Rendered(text=each.channel),
        )
    drain()
    by_text, by_whatsapp = (found.created_at for _, found in memory.accepted)
    assert words(memory) == [Channel.SMS, Channel.WHATSAPP]
    assert by_whatsapp - by_text < timedelta(seconds=0.8)  # a text's own pause is a whole second


def test_a_circuit_that_another_worker_just_opened_again_is_not_closed(monkeypatch):
    row = Circuit.objects.create(
        channel="sms",
        failures=6,
        opened_at=timezone.now() - timedelta(hours=1),
        open_until=timezone.now() - timedelta(minutes=5),
    )
    look = circuits.to_be_probed

    def and_meanwhile(now):
        found = look(now)
        Circuit.objects.update(open_until=timezone.now() + timedelta(seconds=30))
        return found

    monkeypatch.setattr(circuits, "to_be_probed", and_meanwhile)
    circuits.close_untried()
    row.refresh_from_db()
    assert row.opened_at is not None
