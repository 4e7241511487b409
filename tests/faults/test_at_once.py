"""The same thing, and many things, at the same instant on two web processes and two workers."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest
import requests

from tests.faults.traffic import (
    PATIENCE,
    at_the_same_instant,
    filed,
    post_signed,
    sent,
    settled,
    text_message,
)
from tests.large import Large, run_large
from tests.product import Owner
from tests.simulator_process import wait_for

SERVICES = [pytest.mark.services, pytest.mark.timeout(300)]
HELD_SECONDS = 3.0
REPORTED = "SELECT count(*) FROM channels_out_statusevent GROUP BY provider_id, provider_status"
SECOND_OWNER = """
from gateway.models import Business, MemberAddress, Membership
bob = MemberAddress.objects.get(address="bob@bikes.example").user
bikes = Business.objects.get(slug="bike-shop")
Membership.objects.get_or_create(business=bikes, user=bob, defaults={"role": "owner"})
"""
JOURNALLED = "SELECT count(*) FROM gateway_webhooks_inboundevent GROUP BY unique_key"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.processes),
        pytest.param("postgresql", marks=SERVICES),
    ],
)
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Large, Owner]]:
    """Two web processes and a shop, on each database."""
    if request.param == "postgresql":
        yield request.getfixturevalue("started"), request.getfixturevalue("ann")
        return
    with run_large(tmp_path_factory.mktemp("two"), SMS_PER_SECOND="200") as product:
        numbers = {"sms": "+14155551000", "whatsapp": "+14155551001"}
        yield product, product.seed("ann@bikes.example", slug="bike-shop", **numbers)


def test_f10_a_status_that_comes_before_the_create_is_answered_is_of_that_message(shop):
    product, ann = shop
    product.simulator.send_text("+14155552010", ann.number("sms"), "Ten?")
    message = ann.wait_for_message("Ten?")
    product.simulator.turn("callback_inside")
    reply = ann.answer(message["id"], "Told before it was answered")
    ann.wait_for_delivery(message["id"], reply["id"], "delivered")
    product.simulator.all_faults_off()
    assert settled(partial(sent, product), ["Told before it was answered"]).total() == 1
    assert {call["status"] for call in product.simulator.calls(kind="callback")} <= {200}


def test_f12_a_status_that_is_reported_a_hundred_times_at_once_is_one_row(shop):
    product, ann = shop
    product.simulator.send_text("+14155552012", ann.number("sms"), "Twelve?")
    message = ann.wait_for_message("Twelve?")
    product.simulator.turn("callback_duplicate", "always", times=100, together=1)
    reply = ann.answer(message["id"], "A hundred times")
    ann.wait_for_delivery(message["id"], reply["id"], "delivered")

    def reports() -> list[dict]:
        return product.simulator.calls(kind="callback", limit="1000")

    wait_for(lambda: len(reports()) >= 200, 60)
    product.simulator.all_faults_off()
    assert {call["status"] for call in reports()} == {200}
    assert set(product.rows(REPORTED)) == {(1,)}
    assert set(product.rows(JOURNALLED)) == {(1,)}


def test_f15_one_webhook_at_the_same_instant_on_two_processes_is_one_message(shop):
    product, ann = shop
    for number in range(10):
        params = text_message(product, ann, f"+141555530{number:02}", f"Once {number}")
        answers = at_the_same_instant(
            [partial(post_signed, product, product.web_url(each), params) for each in (1, 2, 1, 2)]
        )
        assert answers == [200] * 4
    texts = [f"Once {number}" for number in range(10)]
    assert set(settled(partial(filed, product), texts).values()) == {1}


def test_f16_an_album_of_a_new_contact_is_one_conversation_with_ten_messages(shop):
    product, ann = shop
    album = product.simulator.send_text(
        "+14155552016", ann.number("whatsapp"), "Album", channel="whatsapp", media=["sample"] * 10
    )
    assert [each["webhook"]["accepted"] for each in album["all"]] == [True] * 10

    def parts() -> list[tuple]:
        return product.rows(
            "SELECT m.id FROM gateway_customermessage m WHERE m.sender_phone = %s"
            " UNION ALL SELECT r.message_id FROM gateway_messagereply r"
            " JOIN gateway_customermessage m ON m.id = r.message_id WHERE m.sender_phone = %s",
            "+14155552016",
            "+14155552016",
        )

    wait_for(lambda: len(parts()) == 10, PATIENCE)
    assert len(set(parts())) == 1


def test_f74_a_form_that_is_sent_again_at_the_same_instant_is_one_conversation(shop):
    product, ann = shop
    form = {
        "recipient_id": ann.id,
        "sender_name": "Maya",
        "sender_email": "maya74@home.example",
        "subject": "Blue bike",
        "message": "Sent four times",
    }

    def post(web: int, message: str = "Sent four times") -> requests.Response:
        url = f"{product.web_url(web)}/api/customer/messages/"
        headers = {"Idempotency-Key": "f74"}
        body = form | {"message": message}
        return requests.post(url, json=body, headers=headers, timeout=PATIENCE)

    answers = at_the_same_instant([partial(post, each) for each in (1, 2, 1, 2)])
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["message_id"] for answer in answers}) == 1
    assert filed(product)["Sent four times"] == 1
    assert post(2, "Another text").status_code == 409
    assert filed(product)["Another text"] == 0


def test_f75_two_owners_who_answer_at_the_same_instant_are_both_sent_in_one_order(shop):
    product, ann = shop
    bob = product.seed("bob@bikes.example", slug="bobs-bikes")
    product.manage("shell", "-c", SECOND_OWNER)
    phone, words = "+14155552075", [f"{who} {n}" for n in range(5) for who in ("Ann", "Bob")]
    product.simulator.send_text(phone, ann.number("sms"), "Seventy-five?")
    pk = ann.wait_for_message("Seventy-five?")["id"]
    for n in range(5):
        both = [(ann, 1, f"Ann {n}"), (bob, 2, f"Bob {n}")]
        at_the_same_instant([partial(answer_at, product, pk, *each) for each in both])
    assert set(settled(partial(sent, product), words).values()) == {1}
    shown = [reply["reply"] for reply in ann.message(pk)["replies"]]
    assert sorted(shown) == sorted(words)
    assert shown == [reply["reply"] for reply in bob.message(pk)["replies"]]
    texts = product.simulator.texts(phone)
    got = [row["body"].rpartition(": ")[2] for row in texts if row["direction"] != "inbound"]
    assert got == shown


def answer_at(product: Large, pk: str, owner: Owner, web: int, text: str) -> None:
    """An owner's answer by one of the web processes."""
    url = f"{product.web_url(web)}/api/business/messages/{pk}/reply/"
    headers = {"Authorization": f"Token {owner.token}"}
    made = requests.post(url, json={"reply": text}, headers=headers, timeout=PATIENCE)
    assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    "shop", [pytest.param("sqlite", marks=pytest.mark.processes)], indirect=True
)
def test_f33_who_finds_sqlite_locked_waits_and_writes(shop):
    product, ann = shop
    product.simulator.send_text("+14155553300", ann.number("sms"), "Before the lock")
    pk = ann.wait_for_message("Before the lock")["id"]
    texts = [text_message(product, ann, f"+1415555331{n}", f"Locked out {n}") for n in range(4)]
    with (
        closing(
            sqlite3.connect(product.data_dir / "gateway.sqlite3", isolation_level=None)
        ) as other,
        ThreadPoolExecutor(5) as threads,
    ):
        other.execute("BEGIN IMMEDIATE")
        taken = [
            threads.submit(post_signed, product, product.web_url(n % 2 + 1), text)
            for n, text in enumerate(texts)
        ]
        answer = threads.submit(ann.answer, pk, "Locked out, too")
        time.sleep(HELD_SECONDS)
        assert not answer.done()
        other.execute("COMMIT")
    assert [each.result() for each in taken] == [200] * 4
    ann.wait_for_delivery(pk, answer.result()["id"], "delivered")
    bodies = [text["Body"] for text in texts]
    assert set(settled(partial(filed, product), bodies).values()) == {1}
