"""Each transport with a provider at its other end that can be told how to answer."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from werkzeug import Request, Response

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.errors import (
    BadAddress,
    CredentialsRefused,
    Deferred,
    ProviderDown,
    SendError,
    TooFast,
)
from channels_out.outgoing import Outgoing, Rendered, Sent

UNUSED_PORT = 9  # "discard": nothing listens there


class Carrier:
    """How to make the provider at the other end answer in one way."""

    channel = Channel.SMS
    to_address = "+15550199"
    slow_down: type[SendError] = TooFast
    taken = 0

    def __init__(self, name, fixture, settings):
        self.settings = settings
        settings.CHANNEL_ADAPTERS = {}
        self.start(name, fixture)

    def start(self, name, fixture):
        """Start the provider."""

    def stop(self):
        """Stop the provider."""

    @property
    def outgoing(self):
        return Outgoing(
            attempt_id=uuid4(),
            channel=self.channel,
            sender_address="+15550100",
            account="AC" + "0" * 32,
            messaging_service="",
            to_address=self.to_address,
            rendered=Rendered(
                text="Hello", subject="Hi", from_header="Ann <ann@mail.gateway.test>"
            ),
            status_callback="https://gateway.test/webhooks/twilio/status/1/",
            message_id="<1@mail.gateway.test>",
        )

    def send(self) -> Sent:
        async def once():
            adapter = adapter_for(self.channel)
            try:
                return await adapter.send(self.outgoing)
            finally:
                await adapter.close()

        return asyncio.run(once())


class TwilioCarrier(Carrier):
    def start(self, name, fixture):
        self.channel = Channel.WHATSAPP if name.endswith("whatsapp") else Channel.SMS
        self.server = fixture("httpserver")
        self.settings.TWILIO_API_URL = self.server.url_for("").rstrip("/")
        self.server.expect_request(
            f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json", method="POST"
        ).respond_with_handler(self._answer)
        self.refusal = None

    def refuses_the_address(self):
        self.refusal = (400, 21211, {})

    def refuses_our_credentials(self):
        self.refusal = (401, 20003, {})

    def asks_to_slow_down(self):
        self.refusal = (429, 20429, {"Retry-After": "3"})

    def loses_the_answer(self):
        self.refusal = (503, 20503, {})

    def is_down(self):
        self.settings.TWILIO_API_URL = f"http://127.0.0.1:{UNUSED_PORT}"

    def _answer(self, request: Request) -> Response:
        if self.refusal:
            status, code, headers = self.refusal
            self.taken += status >= 500
            body = {"code": code, "message": "no", "status": status}
            return Response(json.dumps(body), status, headers, "application/json")
        self.taken += 1
        body = {"sid": f"SM{uuid4().hex}", "status": "queued", "account_sid": "AC" + "0" * 32}
        return Response(json.dumps(body), 201, content_type="application/json")


class SmtpCarrier(Carrier):
    channel = Channel.EMAIL
    to_address = "customer@example.org"
    slow_down = Deferred

    def start(self, name, fixture):
        self.handler = MailServer(self)
        self.server = AnyPort(
            self.handler,
            hostname="127.0.0.1",
            port=0,
            authenticator=lambda *_: AuthResult(success=False, handled=False),
            auth_require_tls=False,
        )
        self.server.start()
        self.settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        self.settings.EMAIL_HOST = "127.0.0.1"
        self.settings.EMAIL_PORT = self.server.port
        self.settings.EMAIL_TIMEOUT = 5

    def stop(self):
        self.server.stop()

    def refuses_the_address(self):
        self.handler.to_recipient = "550 5.1.1 No such user"

    def refuses_our_credentials(self):
        self.settings.EMAIL_HOST_USER, self.settings.EMAIL_HOST_PASSWORD = "us", "wrong"

    def asks_to_slow_down(self):
        self.handler.to_recipient = "451 4.7.1 Greylisted, come back later"

    def loses_the_answer(self):
        self.handler.hangs_up = True

    def is_down(self):
        self.settings.EMAIL_PORT = UNUSED_PORT


class AnyPort(Controller):
    """Listens on whichever port is free."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    def __init__(self, carrier):
        self.carrier = carrier
        self.to_recipient = ""
        self.hangs_up = False
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.carrier.taken += 1
        self.mails.append(envelope)
        if self.hangs_up:
            server.transport.abort()
        return "250 OK"


class AnymailCarrier(Carrier):
    channel = Channel.EMAIL
    to_address = "customer@example.org"

    def start(self, name, fixture):
        self.server = fixture("httpserver")
        self.server.expect_request("/email").respond_with_handler(self._answer)
        self.settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        self._at(self.server.url_for("/"))
        self.answer = (200, 0)

    def _at(self, url):
        self.settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": url}

    def refuses_the_address(self):
        self.answer = (422, 406)

    def refuses_our_credentials(self):
        self.answer = (401, 10)

    def asks_to_slow_down(self):
        self.answer = (429, 429)

    def loses_the_answer(self):
        self.answer = (500, 500)

    def is_down(self):
        self._at(f"http://127.0.0.1:{UNUSED_PORT}/")

    def _answer(self, request: Request) -> Response:
        status, code = self.answer
        self.taken += status in (200, 500)
        inactive = f"Found inactive addresses: {self.to_address}.\n Inactive recipients are"
        body = {
            "ErrorCode": code,
            "Message": inactive if code == 406 else "said",
            "MessageID": "pm-1",
            "To": self.to_address,
        }
        return Response(json.dumps(body), status, content_type="application/json")


class MemoryCarrier(Carrier):
    def start(self, name, fixture):
        path = "channels_out.adapters.memory.Memory"
        self.settings.CHANNEL_ADAPTERS = {Channel.SMS: path}
        self.memory = adapter_for(Channel.SMS)
        self.memory.clear()
        self.refuses_the_address = partial(self.memory.answers.append, BadAddress())
        self.refuses_our_credentials = partial(self.memory.answers.append, CredentialsRefused())
        self.asks_to_slow_down = partial(self.memory.answers.append, TooFast(retry_after=3))
        self.is_down = partial(self.memory.answers.append, ProviderDown())

    def stop(self):
        self.memory.clear()

    def loses_the_answer(self):
        self.memory.loses_answers = True

    @property
    def taken(self):
        return len(self.memory.accepted)
