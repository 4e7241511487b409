"""Clocks that are wrong, that are set, and that change to summer time: nothing is early, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from channels_out import outbox
from channels_out.adapters.memory import Memory
from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox.claim import LEASE, claim
from channels_out.state import State
from gateway import clock
from gateway.dashboard.snoozing import tomorrow
from gateway.models import CustomerMessage, Membership
from gateway.outbound.ways import Way, ways_to
from gateway.snooze import wake_due
from gateway.states import change, snooze
from tests.factories import make_message, make_reply, make_text
from tests.gateway.post import PHONE, sent_to_customer
from tests.gateway.processes import running

real_processes = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def message(ann: Membership) -> CustomerMessage:
    """What a customer wrote; its notification is out."""
    message = make_message(ann)
    Delivery.objects.update(state=State.SENT, due_at=None)
    return message


def under_way(message: CustomerMessage, ann: Membership) -> Delivery:
    """An answer that a worker of another machine is sending right now."""
    make_reply(message, ann, "Under way")
    (claimed,) = claim(1)
    return Delivery.objects.get(pk=claimed.delivery_id)


def due_in(wait: timedelta, message: CustomerMessage, ann: Membership) -> Delivery:
    """An answer that is due by another machine's clock, which is right."""
    make_reply(message, ann, "Later")
    later = sent_to_customer(message)[-1]
    Delivery.objects.filter(pk=later.pk).update(due_at=timezone.now() + wait)
    return later


def states(*deliveries: Delivery) -> list[str]:
    rows = Delivery.objects.in_bulk([each.pk for each in deliveries])
    return [rows[each.pk].state for each in deliveries]


@real_processes
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
@pytest.mark.parametrize("hours", ["1", "-1"])
def test_f36_a_worker_whose_clock_is_not_the_databases_touches_nothing(message, ann, hours):
    sending, waiting = under_way(message, ann), due_in(-HOUR, make_message(ann), ann)
    scheduled = due_in(HOUR / 2, make_message(ann), ann)
    with running("work", hours):
        assert states(sending, waiting, scheduled) == ["sending", "queued", "queued"]


@real_processes
def test_f36_a_worker_whose_clock_is_right_sends_what_is_due_and_leaves_the_rest(message, ann):
    sending, scheduled = under_way(message, ann), due_in(HOUR / 2, make_message(ann), ann)
    waiting = due_in(-HOUR, make_message(ann), ann)
    with running("work", "0"):
        assert states(sending, waiting, scheduled) == ["sending", "sent", "queued"]


@real_processes
@pytest.mark.parametrize("hours", ["1", "-1"])
def test_f36_a_clock_that_is_set_ends_no_lease_and_nothing_goes_early(message, ann, hours):
    sending, scheduled = under_way(message, ann), due_in(HOUR / 2, make_message(ann), ann)
    with running("step", hours):
        assert states(sending, scheduled) == ["sending", "queued"]


class Ticks:
    """A clock that nobody sets, but the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(clock, "_ticks", lambda: self.now)


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    monkeypatch.setattr(clock, "seconds_off", lambda: 0.0)
    return Ticks(monkeypatch)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_f36_a_worker_rests_for_as_long_as_a_lease_and_goes_on(ticks, step):
    ours = clock.Clock()
    with time_machine.travel(datetime(2026, 6, 8, 12, tzinfo=UTC), tick=False) as wall:

        def passes(seconds: float) -> bool:
            ticks.now += seconds
            wall.shift(seconds)
            return ours.is_right()

        assert passes(0)
        assert passes(3600)  # nobody asked for long: time alone is no step
        wall.shift(step)
        assert not passes(0)
        assert not passes(LEASE.total_seconds() - 1)
        assert passes(1)


def test_f36_a_worker_goes_on_once_the_clocks_agree_again(ticks, monkeypatch):
    ours, off = clock.Clock(), [3600.0]
    monkeypatch.setattr(clock, "seconds_off", lambda: off[0])
    assert not ours.is_right()
    off[0] = 0.2
    ticks.now += clock.EVERY
    assert ours.is_right()


@pytest.mark.django_db
def test_f36_when_the_hour_repeats_a_lease_lasts_as_long_as_ever(message, ann, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel("2026-10-25T00:59:30Z", tick=False) as wall:  # 02:59:30, soon 02:00
        sending = under_way(message, ann)
        wall.shift(LEASE - timedelta(seconds=1))
        outbox.tick()
        assert states(sending) == ["sending"]
        wall.shift(1)
        outbox.tick()
        assert states(sending) == ["in_doubt"]


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])  # the days before the clocks change
def test_f36_the_window_of_whatsapp_is_24_hours_on_every_day(ann, ann_whatsapp, settings, day):
    settings.TIME_ZONE = "Europe/Berlin"
    settings.CHANNEL_ADAPTERS = {str(channel): f"{Memory.__module__}.Memory" for channel in Channel}
    with time_machine.travel(f"{day}T12:00:00Z", tick=False) as wall:
        message = make_text(ann_whatsapp, PHONE, "Hello?").message
        wall.shift(timedelta(hours=24, minutes=-1))
        assert _whatsapp(message).reason == ""
        wall.shift(timedelta(minutes=2))
        assert "24 hours" in _whatsapp(message).reason


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("evening", "eight"),
    [
        ("2026-03-28T20:00:00Z", "2026-03-29T06:00:00Z"),
        ("2026-10-24T20:00:00Z", "2026-10-25T07:00:00Z"),
    ],
)
def test_f36_tomorrow_morning_is_at_eight_after_the_clocks_change(message, evening, eight):
    berlin = timezone.override("Europe/Berlin")
    with time_machine.travel(evening, tick=False) as wall, berlin:
        with change(message.pk) as locked:
            snooze(locked, tomorrow())
        wall.move_to(datetime.fromisoformat(eight) - timedelta(seconds=1))
        assert wake_due() == 0
        wall.shift(1)
        assert wake_due() == 1


def _whatsapp(message: CustomerMessage) -> Way:
    return next(way for way in ways_to(message) if way.channel == Channel.WHATSAPP)
