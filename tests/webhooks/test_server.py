"""Over a real server with several processes: bodies without a length, and the same request at once."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from twilio.request_validator import RequestValidator

from gateway.models import CustomerMessage
from tests.webhooks.conftest import INBOUND, PUBLIC, TOKEN, basic, sms
from tests.webhooks.processes import DIED, run_dying_worker, server
from webhooks.body import MEGABYTE
from webhooks.models import EventState, InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

MAIL = b"From: carla@example.com\r\nSubject: Hi\r\n\r\nHello\r\n"
MIME = "/webhooks/email/mime/?recipient=bikes@reply.gateway.test"
MAIL_HEADERS = {"Authorization": basic(), "Content-Type": "message/rfc822"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def port(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """One server for all; each test empties the database behind it."""
    with django_db_blocker.unblock():
        running = server()
    with running as port:
        yield port


def post(port: int, path: str, body: bytes, headers: dict[str, str], chunks: int = 0) -> int:
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    if chunks:
        size = max(1, len(body) // chunks)
        pieces = (body[at : at + size] for at in range(0, len(body), size))
        server.request("POST", path, pieces, headers, encode_chunked=True)
    else:
        server.request("POST", path, body, headers)
    status = server.getresponse().status
    server.close()
    return status


def post_signed(port: int, path: str, params: dict[str, str]) -> int:
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, params)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature,
    }
    return post(port, path, urlencode(params).encode(), headers)


def at_the_same_instant(count: int, call: Callable[[], int]) -> list[int]:
    barrier = threading.Barrier(count)

    def one(_: int) -> int:
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def test_f41_a_body_without_a_length_is_taken_whole(port):
    large = MAIL + os.urandom(3 * MEGABYTE)
    headers = MAIL_HEADERS | {"Transfer-Encoding": "chunked"}
    assert post(port, MIME, large, headers, chunks=40) == 200
    assert InboundEvent.objects.get().read_body() == large


def test_f41_a_body_without_a_length_is_bounded_all_the_same(port):
    headers = {
        "Transfer-Encoding": "chunked",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert post(port, INBOUND, b"x" * (MEGABYTE + 4096), headers, chunks=20) == 413


def test_a_chunked_body_of_nothing_is_empty(port):
    headers = MAIL_HEADERS | {"Transfer-Encoding": "chunked"}
    assert post(port, MIME, b"", headers, chunks=1) == 400


def test_a_mail_that_is_cut_off_on_the_way_is_not_stored(port):
    head = (
        f"POST {MIME} HTTP/1.1\r\nHost: x\r\nContent-Type: message/rfc822\r\n"
        f"Authorization: {basic()}\r\nContent-Length: 10000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(head.encode() + MAIL)
        wire.shutdown(socket.SHUT_WR)
        wire.recv(100)
    assert not InboundEvent.objects.exists()


def test_f15_one_message_that_comes_many_times_at_the_same_instant_is_one(port, bikes):
    answers = at_the_same_instant(20, lambda: post_signed(port, INBOUND, sms()))
    assert answers == [200] * 20
    assert process_due() == 1
    assert CustomerMessage.objects.count() == 1


def test_f12_a_hundred_equal_statuses_are_one_row(port):
    path = f"/webhooks/twilio/status/{uuid4()}/"
    call = sms(MessageStatus="delivered")
    with ThreadPoolExecutor(25) as threads:
        answers = list(threads.map(lambda _: post_signed(port, path, call), range(100)))
    assert set(answers) == {200}
    assert InboundEvent.objects.count() == 1


def test_many_workers_take_each_event_once(port, bikes):
    for number in range(30):
        assert (
            post_signed(port, INBOUND, sms(f"SM{number:032}", From=f"+1555100{number:04}")) == 200
        )
    assert sum(at_the_same_instant(4, lambda: process_due(8))) == 30
    assert CustomerMessage.objects.count() == 30
    assert set(InboundEvent.objects.values_list("outcome", flat=True)) == {Outcome.FILED}


@pytest.mark.parametrize(("moment", "outcome"), [("before", "filed"), ("after", "duplicate")])
def test_a_worker_killed_over_a_message_neither_loses_nor_doubles_it(
    twilio, bikes, moment, outcome
):
    twilio.post(sms())
    assert run_dying_worker(moment) == DIED
    assert process_due() == 0, "it is still in the dead worker's hands"
    event = InboundEvent.objects.get()
    assert event.state == EventState.DUE
    InboundEvent.objects.update(lease_until=event.received_at)
    assert process_due() == 1
    assert InboundEvent.objects.get().outcome == outcome
    assert CustomerMessage.objects.count() == 1
