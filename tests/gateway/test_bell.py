"""What a transaction leaves for other processes is told once it has committed, and nobody waits for it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import pytest
import redis
from celery import Celery
from django.db import transaction

from config import celery_app
from gateway import bell, tasks
from gateway.live import channel
from tests.product import free_ports
from tests.servers import Redis, own
from tests.simulator_process import wait_for


@pytest.fixture(scope="module")
def server() -> Iterator[Redis]:
    with own(Redis) as running:
        yield running


@pytest.fixture
def told(settings, server):
    """What reaches a listener on the real channel."""
    settings.REDIS_URL = server.url
    heard: list[str] = []
    with redis.Redis.from_url(server.url) as client, client.pubsub() as listener:
        listener.subscribe(channel.channel())
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


@pytest.fixture
def away() -> str:
    """Where nobody listens. The bell is a new one: the log hears of what is down once a minute."""
    bell._bell.cache_clear()
    [port] = free_ports(1)
    return f"127.0.0.1:{port}"


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_is_down_is_noticed_in_the_log_alone(settings, caplog, away):
    settings.REDIS_URL = f"redis://{away}/0"
    business = uuid.uuid4()
    bell.inbox_changed(business)
    wait_for(lambda: f"A ring for {(str(business),)} is lost" in caplog.text)


@pytest.fixture(params=["redis", "amqp"])
def broker_away(request, settings, away) -> Iterator[None]:
    """Tasks of all threads go to a broker that is down."""
    before = celery_app.app
    settings.CELERY_BROKER_URL = f"{request.param}://{away}/"
    with Celery("test", broker=settings.CELERY_BROKER_URL, set_as_current=False) as app:
        app.set_default()
        yield
        before.set_default()


@pytest.mark.usefixtures("broker_away")
@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_is_noticed_in_the_log_alone(caplog):
    bell.work_waits("inbound")
    wait_for(lambda: "A ring for 'inbound' is lost" in caplog.text)
    assert "refused" in caplog.text


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
