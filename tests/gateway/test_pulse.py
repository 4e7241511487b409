"""The clock's beat."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from config.celery_app import app
from gateway import pulse, tasks
from gateway.models import Pulse

pytestmark = pytest.mark.django_db


def test_a_beat_is_one_row_however_often_it_goes():
    tasks.beat()
    Pulse.objects.update(at=timezone.now() - timedelta(hours=1))
    tasks.beat()
    assert Pulse.objects.count() == 1
    assert timezone.now() - pulse.last_beat() < timedelta(minutes=1)


def test_a_worker_that_is_its_own_clock_beats_at_once_and_then_when_it_is_time(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(pulse.time, "monotonic", lambda: now[0])
    beaten = []
    monkeypatch.setattr(pulse, "beat", lambda: beaten.append(now[0]))
    beats = pulse.Beats()
    for seconds in (0.0, 1.0, pulse.EVERY, pulse.EVERY + 1.0, 2 * pulse.EVERY):
        now[0] = 100.0 + seconds
        assert beats.beat_when_due() == 0
    assert beaten == [100.0, 100.0 + pulse.EVERY, 100.0 + 2 * pulse.EVERY]


def test_the_clock_sends_it_and_what_nobody_took_in_time_is_dropped():
    entry = app.conf.beat_schedule["pulse"]
    assert entry["task"] == tasks.beat.name
    assert entry["schedule"] == entry["options"]["expires"] == pulse.EVERY
