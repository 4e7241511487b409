"""The database stops, cuts everybody off, or is slow, while customers write and the owner answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.faults.slow_line import SlowLine, slow_line
from tests.faults.traffic import PATIENCE, Traffic, filed, settled
from tests.large import Large, new_database, run_large
from tests.product import Owner
from tests.servers import PostgreSQL, Redis, own
from tests.simulator_process import wait_for

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(300),  # seconds: a busy machine settles slowly
]

SLOW_SECONDS = 5.0
ANSWERED_WITHIN = 10_000  # milliseconds
CUTS = 5


@dataclass
class Shop:
    """A shop on a large product, the PostgreSQL behind it and the line between them."""

    product: Large
    server: PostgreSQL
    line: SlowLine
    ann: Owner

    def write(self, phone: str, text: str) -> dict[str, Any]:
        """The webhook's answer to a customer's text, with the milliseconds that it took."""
        taken = self.product.simulator.send_text(phone, self.ann.number("sms"), text)
        (call,) = self.product.simulator.calls(subject=taken["sid"])
        return {"sid": taken["sid"], "status": call["status"], "took": call["milliseconds"]}

    def send_again(self, sid: str) -> bool:
        """Whether the gateway takes a text that Twilio (or its fallback) sends again."""
        again = self.product.simulator.post("phone/resend", {"sid": sid})
        return bool(again["webhook"]["accepted"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with ExitStack() as opened:
        server = opened.enter_context(own(PostgreSQL))
        line = opened.enter_context(slow_line(server.port))
        redis = opened.enter_context(own(Redis)).url
        database = opened.enter_context(new_database(server.url))
        services = {
            "DATABASE_URL": database.replace(str(server.port), str(line.port)),
            "REDIS_URL": f"{redis}/0",
            "CELERY_BROKER_URL": f"{redis}/1",
            "RESOLVE_AFTER": "1",
            "SMS_PER_SECOND": "200",
        }
        folder = tmp_path_factory.mktemp("database")
        product = opened.enter_context(run_large(folder, **services))
        ann = product.seed("ann@bikes.example", slug="bikes", sms="+14155551000")
        yield Shop(product, server, line, ann)


def test_f17_what_comes_while_the_database_is_down_is_refused_in_time_and_filed_once_later(shop):
    """Twilio's retry or fallback brings it again; what it gives up is asked for (F18)."""
    shop.server.stop()
    refused = [shop.write(f"+1415555170{number}", f"Down {number}") for number in range(3)]
    assert {answer["status"] for answer in refused} == {503}
    assert max(answer["took"] for answer in refused) < ANSWERED_WITHIN
    shop.server.start()
    for answer in refused:
        wait_for(lambda sid=answer["sid"]: shop.send_again(sid), PATIENCE)
        assert shop.send_again(answer["sid"]), "the fallback came, too"
    texts = [f"Down {number}" for number in range(3)]
    assert set(settled(lambda: filed(shop.product), texts).values()) == {1}


def cut_everybody_off(shop: Shop) -> None:
    """Ends every connection of the product, whatever it is in the middle of."""
    with psycopg.connect(f"{shop.server.url}/postgres", autocommit=True) as connection:
        for _ in range(CUTS):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'large_%'"
            )
            time.sleep(1)


def restart(shop: Shop) -> None:
    """In good order, for its clients in the middle of everything."""
    shop.server.stop()
    shop.server.start()


def crash(shop: Shop) -> None:
    """It comes back by its log."""
    shop.server.kill()
    shop.server.start()


@pytest.mark.parametrize("happens", [cut_everybody_off, restart, crash])
def test_f32_a_database_that_goes_away_in_the_middle_leaves_nothing_half_done(
    shop, happens: Callable[[Shop], None]
):
    traffic = Traffic(shop.product, shop.ann)
    with traffic.flowing(pause=0.3):
        time.sleep(2)
        happens(shop)
        time.sleep(3)
    traffic.send_again()
    traffic.answer_again()
    traffic.check()
    assert half_done(shop.product) == []


def half_done(product: Large) -> list[tuple[Any, ...]]:
    """Conversations whose counter is wrong, and answers without a delivery."""
    return product.rows(
        "SELECT 'counter', m.id FROM gateway_customermessage m WHERE m.reply_count <>"
        " (SELECT count(*) FROM gateway_messagereply r WHERE r.message_id = m.id)"
        " UNION ALL SELECT 'answer', r.id FROM gateway_messagereply r WHERE direction = 'outbound'"
        " AND NOT EXISTS (SELECT FROM gateway_dispatch d WHERE d.reply_id = r.id)"
    )


def test_f39_a_slow_database_costs_a_503_in_time_and_no_connection(shop):
    assert shop.write("+14155553900", "Quick")["status"] == 200
    shop.line.delay = SLOW_SECONDS
    slow = [shop.write(f"+1415555391{number}", f"Slow {number}") for number in range(4)]
    shop.line.delay = 0
    assert {answer["status"] for answer in slow} == {503}, "INSERT and COMMIT take ten seconds"
    assert max(answer["took"] for answer in slow) < ANSWERED_WITHIN
    for answer in slow:
        wait_for(lambda sid=answer["sid"]: shop.send_again(sid), PATIENCE)
    texts = ["Quick", *(f"Slow {number}" for number in range(4))]
    assert set(settled(lambda: filed(shop.product), texts).values()) == {1}


def test_f33_a_worker_that_loses_a_deadlock_begins_again(shop):
    phone = "+14155553300"
    assert shop.write(phone, "Before the deadlock")["status"] == 200
    pk = shop.ann.wait_for_message("Before the deadlock")["id"]
    with psycopg.connect(shop.product.environment["DATABASE_URL"]) as other:
        # The other one waits so long that the worker is the one who is sent back.
        other.execute("SET deadlock_timeout = '60s'")
        other.execute("SELECT 1 FROM gateway_customermessage WHERE id = %s FOR UPDATE", [pk])
        assert shop.write(phone, "In the deadlock")["status"] == 200
        wait_for(lambda: somebody_waits(shop), PATIENCE)
        other.execute("SELECT 1 FROM gateway_pair WHERE normalized = %s FOR UPDATE", [phone])
    shop.ann.wait_for_reply(pk, "In the deadlock")
    assert filed(shop.product)["In the deadlock"] == 1
    (attempts,) = shop.product.rows(
        "SELECT max(attempts) FROM gateway_webhooks_inboundevent WHERE reply_id IS NOT NULL"
        " AND reply_id IN (SELECT id FROM gateway_messagereply WHERE reply = 'In the deadlock')"
    )
    assert attempts == (1,), "it began again at once, not after half a minute"
    assert "deadlock detected" in shop.product.log()


def somebody_waits(shop: Shop) -> bool:
    """Whether a connection of the product waits for a lock."""
    rows = shop.product.rows(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(rows)
