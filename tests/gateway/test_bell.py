"""What a transaction leaves for other processes is told once it has committed, and nobody waits for it."""

from __future__ import annotations

import os
import threading
import uuid

import pytest
import redis
from django.db import transaction

from gateway import bell, tasks
from gateway.live import channel
from gateway.live.channel import CHANNEL
from tests.product import free_ports
from tests.simulator_process import wait_for

REDIS = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/0"


@pytest.fixture
def told(settings):
    """What reaches a listener on the real channel."""
    settings.REDIS_URL = REDIS
    heard: list[str] = []
    with redis.Redis.from_url(REDIS) as client, client.pubsub() as listener:
        listener.subscribe(CHANNEL)
        assert listener.get_message(timeout=5)["type"] == "subscribe"

        def listen(wanted: str) -> bool:
            while message := listener.get_message(timeout=0.05):
                heard.append(message["data"].decode())
            return wanted in heard

        yield listen


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_an_inbox_is_told_of_after_the_commit_and_not_before(told):
    business = uuid.uuid4()
    with transaction.atomic():
        bell.inbox_changed(business)
        assert not told(str(business))
    wait_for(lambda: told(str(business)))


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_never_told(told):
    gone, kept = uuid.uuid4(), uuid.uuid4()
    with transaction.atomic():
        bell.inbox_changed(gone)
        transaction.set_rollback(True)
    bell.inbox_changed(kept)
    wait_for(lambda: told(str(kept)))
    assert not told(str(gone))


@pytest.mark.django_db(transaction=True)
def test_a_broker_and_a_redis_that_are_down_are_noticed_in_the_log_alone(settings, caplog):
    [port] = free_ports(1)
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    bell.inbox_changed(uuid.uuid4())
    wait_for(lambda: "is lost until somebody looks" in caplog.text)


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_nothing_is_rung(settings, monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(tasks, "wake", rung.append)
    settings.CELERY_BROKER_URL = ""
    bell.work_waits("inbound")
    settings.CELERY_BROKER_URL = "redis://unused"
    bell.work_waits("outbox")
    wait_for(lambda: rung)
    assert rung == ["outbox"]


def test_many_rings_of_a_moment_go_out_as_one():
    rung: list[str] = []
    own = bell.Bell(rung.append)
    for _ in range(1000):
        own.ring("inbound")
    own.ring("outbox")
    wait_for(lambda: "outbox" in rung)
    assert len(rung) < 20
    assert set(rung) == {"inbound", "outbox"}


def test_a_ring_that_fails_stops_no_other():
    rung: list[str] = []

    def pass_on(name: str) -> None:
        rung.append(name)
        if name == "inbound":
            raise ConnectionError(name)

    own = bell.Bell(pass_on)
    own.ring("inbound")
    wait_for(lambda: rung)
    own.ring("outbox")
    wait_for(lambda: rung == ["inbound", "outbox"])


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_silent_holds_up_no_news_of_inboxes(settings, monkeypatch):
    told: list[tuple[str, ...]] = []
    hears, go_on = threading.Event(), threading.Event()

    def is_silent(name: str) -> None:
        hears.set()
        go_on.wait(30)

    monkeypatch.setattr(tasks, "wake", is_silent)
    monkeypatch.setattr(channel, "publish", told.append)
    settings.CELERY_BROKER_URL = settings.REDIS_URL = "redis://unused"
    bell.work_waits("inbound")
    assert hears.wait(10)
    business = uuid.uuid4()
    bell.inbox_changed(business)
    wait_for(lambda: told == [(str(business),)])
    go_on.set()
