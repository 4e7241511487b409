"""Requests that real providers sent, recorded by others: accepted or refused as they were there."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from webhooks.models import InboundEvent
from webhooks.outcome import Outcome
from webhooks.processing import process_due

RECORDED = Path(__file__).parents[2] / "../shared/corpora/esp_webhooks.jsonl"
LINES = RECORDED.read_text().splitlines() if RECORDED.is_file() else []
ROWS = [json.loads(line) for line in LINES]
STATUS = {"accepted": {200}, "refused": {401, 403}, "either": {200, 401, 403, 404}}

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
    with mock.patch("boto3.session.Session", return_value=AmazonS3()):
        answer = send(row)
        assert answer.status_code in STATUS[row["expect"]], answer.content
        process_due()
    if answer.status_code == 200:
        assert InboundEvent.objects.get().outcome in Outcome.values
    else:
        assert not InboundEvent.objects.exists()


def configure(settings: Any, row: dict[str, Any]) -> None:
    """The settings it was recorded with; the SNS signatures in the recordings are examples."""
    settings.SNS_VERIFY = False
    for name, value in row["settings"].items():
        setattr(settings, name, value)
    if row["expect"] == "accepted" and "WEBHOOK_SECRET" not in row["settings"]["ANYMAIL"]:
        # Anymail lets anybody in where no secret is set; here there always is one.
        settings.ANYMAIL = {**settings.ANYMAIL, "WEBHOOK_SECRET": "username:password"}


def send(row: dict[str, Any]) -> Any:
    path = row["path"].replace("/anymail/", "/webhooks/email/")
    headers = {name: value for name, value in row["headers"].items() if name.startswith("HTTP_")}
    body = b64decode(row["body_b64"])
    kind = row["headers"]["CONTENT_TYPE"]
    return Client().generic("POST", path, body, content_type=kind, **headers)
