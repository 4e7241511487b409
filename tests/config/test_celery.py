"""What goes over the broker: wake-ups that never fill it, on Redis and on RabbitMQ."""

from __future__ import annotations

import uuid

import pytest
from celery import Celery

from config import celery_app
from gateway import tasks, worker
from tests.servers import RabbitMQ, Redis, own

pytestmark = pytest.mark.services


@pytest.fixture(scope="module", params=[Redis, RabbitMQ], ids=["redis", "rabbitmq"])
def broker(request):
    with own(request.param) as server:
        yield server


@pytest.fixture
def app(broker):
    """An application on a queue of its own, on which no worker listens."""
    queue = f"gateway-test-{uuid.uuid4().hex}"
    before = celery_app.app
    app = Celery("test", broker=broker.url, set_as_current=True)
    app.conf.task_default_queue = queue
    yield app
    with app.connection_for_write() as connection:
        connection.default_channel.queue_delete(queue=queue)
    app.close()
    before.set_current()


def waiting(app: Celery) -> int:
    with app.connection_for_read() as connection:
        there = connection.default_channel.queue_declare(
            queue=app.conf.task_default_queue, passive=True
        )
        return int(there.message_count)


def test_a_wake_up_waits_for_a_worker(app):
    tasks.wake("inbound")
    assert waiting(app) == 1


def test_wake_ups_that_nobody_takes_do_not_pile_up(app):
    for _ in range(tasks.MOST_WAITING + 20):
        tasks.wake("inbound")
    assert waiting(app) == tasks.MOST_WAITING


@pytest.mark.django_db(transaction=True)
def test_the_task_works_what_is_due(monkeypatch):
    worked: list[int] = []
    monkeypatch.setattr(worker, "WORK", {})
    worker.register("counting", lambda: worked.append(1) or 3 - len(worked))
    tasks.drain("counting")
    assert len(worked) == 3
