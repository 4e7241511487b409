"""What the tests of the inward edge share: providers that sign as the real ones do, and one business."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from twilio.request_validator import RequestValidator

from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.models import Business, DedicatedSender
from webhooks.models import InboundEvent
from webhooks.processing import process_due

ACCOUNT = "AC" + "0" * 32
TOKEN = "12345"
PUBLIC = "https://gateway.test"
INBOUND = "/webhooks/twilio/inbound/"
CORPORA = Path(__file__).parents[2] / "../shared/corpora"
OUR_NUMBER = "+15550100"
CUSTOMER = "+15550199"


def basic(credentials: str = "provider:secret") -> str:
    """The header of basic authentication."""
    return "Basic " + b64encode(credentials.encode()).decode()


def sms(sid: str = "SM" + "1" * 32, **more: str) -> dict[str, str]:
    """The parameters of a text message as Twilio sends them."""
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT,
        "From": CUSTOMER,
        "To": OUR_NUMBER,
        "Body": "Is the blue bike still there?",
        "NumMedia": "0",
        "ApiVersion": "2010-04-01",
    } | more


@dataclass
class Twilio:
    """Posts to us as Twilio does, signed by Twilio's own library."""

    client: Client = field(default_factory=Client)
    token: str = TOKEN

    def post(self, params: Any, path: str = INBOUND, signed_path: str = "", **headers: str) -> Any:
        body = params if isinstance(params, str) else urlencode(params)
        url = PUBLIC + (signed_path or path)
        signature = RequestValidator(self.token).compute_signature(
            url, params if isinstance(params, dict) else {}
        )
        return self.send(body, path, {"X-Twilio-Signature": signature} | headers)

    def send(self, content: str | bytes, path: str, headers: dict[str, str]) -> Any:
        kind = headers.pop("Content-Type", "application/x-www-form-urlencoded")
        body = content.encode() if isinstance(content, str) else content
        return self.client.generic("POST", path, body, content_type=kind, headers=headers)


@dataclass
class MailProvider:
    """Posts to us as a mail provider does."""

    client: Client = field(default_factory=Client)

    def post(
        self,
        route: str,
        body: bytes | str,
        content_type: str = "application/json",
        credentials: str = "provider:secret",
        **headers: str,
    ) -> Any:
        authorization = {"Authorization": basic(credentials)} if credentials else {}
        content = body.encode() if isinstance(body, str) else body
        return self.client.generic(
            "POST",
            f"/webhooks/email/{route}",
            content,
            content_type=content_type,
            headers=authorization | headers,
        )

    def mail(self, raw: bytes, query: str = "recipient=bikes@reply.gateway.test") -> Any:
        return self.post(f"mime/?{query}", raw, "message/rfc822")


@pytest.fixture(autouse=True, scope="session")
def static_files() -> None:
    """WhiteNoise warns where nobody has collected static files."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


@pytest.fixture
def mail_provider() -> MailProvider:
    return MailProvider()


@pytest.fixture
def bikes(db: None) -> Business:
    """A business with one number for SMS, one for WhatsApp, and a public mail address."""
    business = Business.objects.create(name="Ann's Bikes", slug="bikes")
    for channel in (Channel.SMS, Channel.WHATSAPP):
        sender = Sender.objects.create(channel=channel, address=OUR_NUMBER, account=ACCOUNT)
        DedicatedSender.objects.create(sender=sender, business=business)
    return business


@pytest.fixture
def the_event() -> Callable[[], InboundEvent]:
    """Works what is due and returns the one event there is."""

    def work() -> InboundEvent:
        process_due()
        return InboundEvent.objects.get()

    return work


@pytest.fixture
def corpora() -> Path:
    if not CORPORA.is_dir():
        pytest.skip("The folder shared/corpora is not beside the checkout")
    return CORPORA
