"""Requests that real providers sent, recorded by others: accepted or refused as they were there."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.test import Client

from tests.webhooks.conftest import basic
from webhooks.models import EventState, InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

RECORDED = Path(__file__).parents[2] / "../shared/corpora/esp_webhooks.jsonl"
LINES = RECORDED.read_text().splitlines() if RECORDED.is_file() else []
ROWS = [json.loads(line) for line in LINES]
STATUS = {"accepted": {200}, "refused": {401, 403}, "either": {200, 401, 403, 404}}
ENDS = {(EventState.DONE, outcome) for outcome in set(Outcome.values) - {Outcome.FAILED}}
GIVEN = basic("username:password")
# Mailgun's, in a form or in JSON.
TIMESTAMP = re.compile(rb'"timestamp"\W+(\d{10})')

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not ROWS, reason="The folder shared/corpora is not beside the checkout"),
]


@dataclass
class AmazonS3:
    """Stands in for the one service that a recorded request makes us ask."""

    raw: bytes = (
        b"From: a@example.org\r\nTo: inbound@example.com\r\nSubject: Kept in S3\r\n\r\nHello\r\n"
    )

    def client(self, name: str, **_: Any) -> mock.Mock:
        service = mock.Mock()
        service.get_object.return_value = {"Body": mock.Mock(iter_chunks=lambda size: [self.raw])}
        return service


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["test"].split(".", 1)[1])
def test_a_recorded_request_is_answered_as_it_was_and_ends_in_a_named_outcome(row, settings):
    configure(settings, row)
    with at_the_time_of(row), outside_faked_for(row):
        answer = send(row)
        assert answer.status_code in STATUS[row["expect"]], answer.content
        process_due()
    if answer.status_code == 200:
        event = InboundEvent.objects.get()
        assert (event.state, event.outcome) in ENDS
    else:
        assert not InboundEvent.objects.exists()


def configure(settings: Any, row: dict[str, Any]) -> None:
    """The settings it was recorded with; the SNS signatures in the recordings are examples.

    Anymail lets anybody in where no secret is set; here there always is one. So a signature is what
    decides over the requests that were recorded without a secret, as it was there.
    """
    settings.SNS_VERIFY = False
    for name, value in row["settings"].items():
        setattr(settings, name, value)
    if "WEBHOOK_SECRET" not in settings.ANYMAIL and (row["expect"] == "accepted" or is_signed(row)):
        settings.ANYMAIL = {**settings.ANYMAIL, "WEBHOOK_SECRET": secret_of(row)}


def is_signed(row: dict[str, Any]) -> bool:
    return any("VERIFICATION_KEY" in name for name in row["settings"]["ANYMAIL"])


def secret_of(row: dict[str, Any]) -> str:
    """The user and password that the request carries, or will be given."""
    return b64decode(row["headers"].get("HTTP_AUTHORIZATION", GIVEN).partition(" ")[2]).decode()


def at_the_time_of(row: dict[str, Any]) -> Any:
    """The clock as it was when the request was signed, for those that carry the time."""
    signed = TIMESTAMP.search(b64decode(row["body_b64"]))
    return time_machine.travel(int(signed[1]), tick=False) if signed else nullcontext()


def outside_faked_for(row: dict[str, Any]) -> Any:
    """Amazon, for the requests that made a call there; any other call fails the test."""
    if not row["external_calls_mocked"]:
        return nullcontext()
    return mock.patch("boto3.session.Session", return_value=AmazonS3())


def send(row: dict[str, Any]) -> Any:
    path = row["path"].replace("/anymail/", "/webhooks/email/")
    headers = {name: value for name, value in row["headers"].items() if name.startswith("HTTP_")}
    if is_signed(row):
        headers.setdefault("HTTP_AUTHORIZATION", GIVEN)
    return Client().generic(
        row["method"],
        f"{path}?{row['query']}" if row["query"] else path,
        b64decode(row["body_b64"]),
        content_type=row["headers"]["CONTENT_TYPE"],
        **headers,
    )
