"""Processes are really killed: nothing that was accepted is lost, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.product import Owner, Product, ends, run_product
from tests.simulator_process import wait_for

pytestmark = pytest.mark.processes
STOP_SECONDS = 15.0  # a busy machine


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with run_product(tmp_path_factory.mktemp("product"), RESOLVE_AFTER="1") as running:
        yield running


@pytest.fixture(scope="module")
def ann(product: Product) -> Owner:
    return product.seed("ann@bikes.example", slug="bike-shop", sms="+14155551000")


def sent_to(product: Product, phone: str) -> list[str]:
    return [row["body"] for row in product.simulator.texts(phone) if row["direction"] != "inbound"]


def test_f26_the_worker_dies_after_the_provider_accepted_and_the_customer_gets_the_text_once(
    product: Product, ann: Owner
) -> None:
    phone = "+14155552001"
    product.simulator.send_text(phone, ann.number("sms"), "Hello?")
    message = ann.wait_for_message("Hello?")
    product.simulator.turn("create_hang", 1, seconds=30)
    reply = ann.answer(message["id"], "Here I am")
    wait_for(lambda: sent_to(product, phone))
    product.kill("worker")
    delivery = ann.wait_for_delivery(message["id"], reply["id"], "sent", "delivered")
    assert delivery["state"] in ("sent", "delivered")
    assert len(sent_to(product, phone)) == 1


def test_the_worker_dies_between_accepting_a_text_and_filing_it(
    product: Product, ann: Owner
) -> None:
    for number in range(30):
        if number == 10:
            product.kill("worker")
        sent = product.simulator.send_text("+14155552002", ann.number("sms"), f"Text {number}")
        assert sent["webhook"]["accepted"]
    message = ann.wait_for_message("Text 0")

    def texts() -> list[str]:
        replies = ann.message(message["id"])["replies"]
        return [message["message"], *(row["reply"] for row in replies)]

    wait_for(lambda: len(texts()) == 30)
    assert texts() == [f"Text {number}" for number in range(30)]


def test_everything_is_killed_and_started_again(product: Product, ann: Owner) -> None:
    product.simulator.send_text("+14155552003", ann.number("sms"), "Before the crash")
    running = product.processes()
    product.kill_all()
    assert all(ends(pid, STOP_SECONDS) for pid in running), (
        "SIGKILL to the supervisor left a process behind"
    )
    product.start()
    message = ann.wait_for_message("Before the crash")
    assert [row["message"] for row in ann.inbox()].count("Before the crash") == 1
    reply = ann.answer(message["id"], "Still here")
    assert ann.wait_for_delivery(message["id"], reply["id"], "delivered", "sent")
    assert len(sent_to(product, "+14155552003")) == 1
