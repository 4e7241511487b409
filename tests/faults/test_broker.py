"""The broker goes away, or forgets everything: nobody waits for it, and nothing is lost with it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import redis
from kombu import Connection

from tests.faults.traffic import PATIENCE, filed, sent
from tests.large import Large, new_database, run_large, shared_postgresql
from tests.product import Owner
from tests.servers import RabbitMQ, Redis, Server, own
from tests.simulator_process import wait_for

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(300),  # seconds: RabbitMQ starts twice
]

WORKERS = ("worker-1", "worker-2")
# The last figures of new customers.
NUMBERS = itertools.count(500)
SLOWEST = 5.0  # seconds for a request that waits for no broker, on a busy machine


@dataclass
class Shop:
    """A shop on a large product whose broker can be stopped."""

    product: Large
    broker: Server
    ann: Owner

    def wake_ups(self) -> int:
        """How many tasks the workers took."""
        logs = [(self.product.data_dir / f"{name}.log").read_text() for name in WORKERS]
        return sum(log.count("Task gateway.drain") for log in logs)

    def hear_and_answer(self, phone: str, question: str) -> None:
        """A customer's question is filed, and its answer is delivered, each once."""
        taken = self.product.simulator.send_text(phone, self.ann.number("sms"), question)
        assert taken["webhook"]["accepted"]
        (call,) = self.product.simulator.calls(subject=taken["sid"])
        assert call["milliseconds"] < SLOWEST * 1000
        pk = self.ann.wait_for_message(question)["id"]
        answer, asked_at = question.replace("?", "!"), time.monotonic()
        reply = self.ann.answer(pk, answer)
        assert time.monotonic() - asked_at < SLOWEST
        self.ann.wait_for_delivery(pk, reply["id"], "delivered")
        assert sent(self.product)[answer] == 1
        assert filed(self.product)[question] == 1


@pytest.fixture(scope="module", params=[Redis, RabbitMQ], ids=["redis", "rabbitmq"])
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """Redis is the broker as well as the way to open pages; RabbitMQ is the broker alone."""
    folder = tmp_path_factory.mktemp("broker")
    with own(request.param) as broker, new_database(shared_postgresql()) as database:
        services = {"DATABASE_URL": database, "CELERY_BROKER_URL": broker.url}
        if isinstance(broker, Redis):
            services["REDIS_URL"] = broker.url
        with run_large(folder, **services) as product:
            yield Shop(product, broker, product.seed("ann@bikes.example", sms="+14155551000"))


def test_f29_a_broker_that_is_down_costs_seconds_and_no_message(shop):
    shop.hear_and_answer("+14155552029", "Before?")
    wait_for(shop.wake_ups, PATIENCE)
    shop.broker.stop()
    shop.hear_and_answer("+14155552129", "While it is down?")
    shop.broker.start()
    before = shop.wake_ups()
    wait_for(lambda: _is_woken(shop, before), 60)


def test_f29_workers_that_are_started_while_the_broker_is_down_work_all_the_same(shop):
    shop.broker.stop()
    for name in WORKERS:
        shop.product.kill(name)
    shop.product.leases_run_out()
    for name in WORKERS:
        shop.product.launch(name)
    shop.hear_and_answer("+14155552429", "Is anybody there?")
    shop.broker.start()
    before = shop.wake_ups()
    wait_for(lambda: _is_woken(shop, before), 60)


def _is_woken(shop: Shop, before: int) -> bool:
    number = next(NUMBERS)
    shop.hear_and_answer(f"+14155552{number}", f"Back for the time {number}?")
    return shop.wake_ups() > before


def forget(broker: Server) -> None:
    """FLUSHALL, or for RabbitMQ the end of the queue."""
    if isinstance(broker, Redis):
        with redis.Redis.from_url(broker.url) as client:
            client.flushall()
    elif isinstance(broker, RabbitMQ):
        with Connection(broker.url) as connection:
            connection.default_channel.queue_delete("gateway")


def test_f29_a_broker_that_forgot_everything_costs_seconds_and_no_message(shop):
    forget(shop.broker)
    before = shop.wake_ups()
    shop.hear_and_answer("+14155552329", "After the flush?")
    wait_for(lambda: _is_woken(shop, before), 60)
