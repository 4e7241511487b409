"""Mail providers' HTTP APIs, as far as a mail is sent and asked about: they hold what they took, and tell it.

Mailgun: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/events
Postmark: https://postmarkapp.com/developer/api/messages-api, .../bounce-api
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TO = "customer@example.org"
SENDING_DOMAIN = "mg.gateway.test"
STREAM = "gateway"


@dataclass
class Taken:
    """One mail that the provider took, and what happened to it: its own word, whom it is about, and more."""

    message_id: str
    attempt_id: str
    to: str
    at: datetime = field(default_factory=timezone.now)
    provider_id: str = field(default_factory=lambda: str(uuid4()))
    events: list[dict[str, Any]] = field(default_factory=list)


class MailApi:
    """`takes` and `answers` say what becomes of a mail, `shows` whether the search has it yet.

    `instead` is answered to every question in place of what the provider holds.
    """

    name = ""

    def __init__(self, server: HTTPServer, settings: Any) -> None:
        self.taken: list[Taken] = []
        self.asked: list[Request] = []
        self.takes = self.answers = self.shows = True
        self.instead: Response | None = None
        settings.CHANNEL_ADAPTERS = {}
        settings.EMAIL_BACKEND = f"anymail.backends.{self.name}.EmailBackend"
        settings.RESOLVE_AFTER = 0
        self.begin(server, settings)

    def begin(self, server: HTTPServer, settings: Any) -> None:
        """Opens the routes, and sets Anymail up for them."""
        raise NotImplementedError

    def happened(self, taken: Taken, word: str, to: str = TO, **more: Any) -> None:
        """One of "delivered", "bounced", "full" and "opened" happened to a mail, or to a copy of it."""
        raise NotImplementedError

    def posted(self, taken: Taken, word: str) -> dict[str, Any]:
        """What its webhook posts of that."""
        raise NotImplementedError

    def _take(self, message_id: str, attempt_id: str, to: str, yes: dict[str, Any]) -> Response:
        if self.takes:
            self.taken.append(Taken(message_id, attempt_id, to))
        if not (self.takes and self.answers):
            return Response("Internal server error", 500)
        named = {key: self._names(value) for key, value in yes.items()}
        return _json(named)

    def _names(self, value: Any) -> Any:
        return value(self.taken[-1]) if callable(value) else value

    def _asked(self, request: Request, is_known: bool) -> Response | None:
        """What is answered whatever is asked for."""
        self.asked.append(request)
        return self.instead or (None if is_known else Response("Forbidden", 401))

    def _held(self) -> list[Taken]:
        return self.taken if self.shows else []


class Mailgun(MailApi):
    """It keeps the Message-ID of a mail, and knows it by that alone."""

    name = "mailgun"
    words = {"delivered": "delivered", "bounced": "failed", "full": "failed", "opened": "opened"}

    def begin(self, server: HTTPServer, settings: Any) -> None:
        settings.ANYMAIL = {
            "MAILGUN_API_KEY": "key",
            "MAILGUN_API_URL": server.url_for("/eu/v3"),
            "MAILGUN_SENDER_DOMAIN": SENDING_DOMAIN,
        }
        at = f"/eu/v3/{SENDING_DOMAIN}"
        server.expect_request(f"{at}/messages").respond_with_handler(self._mail)
        server.expect_request(f"{at}/events").respond_with_handler(self._events)

    def happened(self, taken: Taken, word: str, to: str = TO, **more: Any) -> None:
        code = {"bounced": "5.1.1", "full": "5.2.2"}.get(word)
        status = {"severity": "permanent", "delivery-status": {"enhanced-code": code}}
        event = self._event(taken, self.words[word], to)
        taken.events.append(event | (status if code else {}) | more)

    def posted(self, taken: Taken, word: str) -> dict[str, Any]:
        signature = {"timestamp": "1", "token": "token", "signature": "signed"}
        [event] = [each for each in taken.events if each["event"] == self.words[word]]
        return {"signature": signature, "event-data": event}

    def _event(self, taken: Taken, name: str, to: str) -> dict[str, Any]:
        return {
            "event": name,
            "id": uuid4().hex,
            "timestamp": timezone.now().timestamp(),
            "recipient": to,
            "message": {"headers": {"message-id": taken.message_id.strip("<>"), "to": taken.to}},
            "user-variables": {"attempt_id": taken.attempt_id},
        }

    def _mail(self, request: Request) -> Response:
        form = {name.lower(): value for name, value in request.form.items()}
        yes = {"id": lambda taken: taken.message_id, "message": "Queued. Thank you."}
        mail = (form["h:message-id"], form["v:attempt_id"], form["to"])
        answer = self._take(*mail, yes)
        if self.takes:
            self.taken[-1].events.append(self._event(self.taken[-1], "accepted", TO))
        return answer

    def _events(self, request: Request) -> Response:
        login = request.authorization
        is_known = login is not None and (login.username, login.password) == ("api", "key")
        if answer := self._asked(request, is_known):
            return answer
        named = request.args["message-id"]
        assert request.args["ascending"] == "no"  # an end or a direction must be given
        ours = [each for each in self._held() if each.message_id == f"<{named}>"]
        events = [event for each in ours for event in each.events]
        return _json({"items": events[::-1], "paging": {"next": request.url, "previous": ""}})


class Postmark(MailApi):
    """It has an id of its own for each mail; a list without a stream is of the stream "outbound"."""

    name = "postmark"

    def begin(self, server: HTTPServer, settings: Any) -> None:
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "token",
            "POSTMARK_API_URL": server.url_for("/"),
            "POSTMARK_MESSAGE_STREAM": STREAM,
        }
        server.expect_request("/email").respond_with_handler(self._mail)
        server.expect_request("/messages/outbound").respond_with_handler(self._list)
        server.expect_request("/bounces").respond_with_handler(self._bounces)
        details = re.compile("/messages/outbound/[^/]+/details")
        server.expect_request(details).respond_with_handler(self._details)

    def happened(self, taken: Taken, word: str, to: str = TO, **more: Any) -> None:
        words = {
            "delivered": "Delivered",
            "bounced": "Bounced",
            "full": "Bounced",
            "opened": "Opened",
        }
        event = {"Type": words[word], "Recipient": to, "ReceivedAt": _written(timezone.now())}
        kind = {"Type": "HardBounce" if word == "bounced" else "SoftBounce"}
        taken.events.append({**event, "Details": {}, "kind": kind, **more})

    def posted(self, taken: Taken, word: str) -> dict[str, Any]:
        assert word == "delivered"
        [event] = [each for each in taken.events if each["Type"] == "Delivered"]
        return {
            "RecordType": "Delivery",
            "ServerID": 23,
            "MessageStream": STREAM,
            "MessageID": taken.provider_id,
            "Recipient": event["Recipient"],
            "Tag": "",
            "DeliveredAt": event["ReceivedAt"],
            "Details": "250 OK",
            "Metadata": {"attempt_id": taken.attempt_id},
        }

    def _mail(self, request: Request) -> Response:
        mail = json.loads(request.data)
        headers = {each["Name"]: each["Value"] for each in mail["Headers"]}
        own_id = {"MessageID": lambda taken: taken.provider_id}
        yes = {"ErrorCode": 0, "Message": "OK", "To": mail["To"], **own_id}
        return self._take(headers["Message-ID"], mail["Metadata"]["attempt_id"], mail["To"], yes)

    def _list(self, request: Request) -> Response:
        if answer := self._asked(request, self._is_known(request)):
            return answer
        assert {"count", "offset"} <= set(request.args)  # it refuses a list without them
        named = request.args["metadata_attempt_id"]
        is_ours = request.args.get("messagestream", "outbound") == STREAM
        ours = [each for each in self._held() if is_ours and each.attempt_id == named]
        return _json({"TotalCount": len(ours), "Messages": [*map(_message, ours)]})

    def _details(self, request: Request) -> Response:
        if answer := self._asked(request, self._is_known(request)):
            return answer
        named = request.path.split("/")[3]
        held = [each for each in self._held() if each.provider_id == named]
        if not held:
            return _json({"ErrorCode": 701, "Message": "This message was not found"}, 422)
        events = [
            {name: value for name, value in each.items() if name != "kind"}
            for each in held[0].events
        ]
        return _json({**_message(held[0]), "MessageEvents": events})

    def _bounces(self, request: Request) -> Response:
        if answer := self._asked(request, self._is_known(request)):
            return answer
        [held] = [each for each in self._held() if each.provider_id == request.args["messageID"]]
        is_ours = request.args.get("messagestream", "outbound") == STREAM
        bounced = [each for each in held.events if is_ours and each["Type"] == "Bounced"]
        bounces = [
            {
                "ID": number,
                **each["kind"],
                "MessageID": held.provider_id,
                "Email": each["Recipient"],
                "BouncedAt": each["ReceivedAt"],
                "Details": "action: failed",
            }
            for number, each in enumerate(bounced, 1)
        ]
        return _json({"TotalCount": len(bounces), "Bounces": bounces})

    def _is_known(self, request: Request) -> bool:
        return request.headers.get("X-Postmark-Server-Token") == "token"


def _message(taken: Taken) -> dict[str, Any]:
    return {
        "MessageID": taken.provider_id,
        "MessageStream": STREAM,
        "To": [{"Email": taken.to, "Name": None}],
        "Recipients": [taken.to],
        "ReceivedAt": _written(taken.at),
        "Status": "Sent",
        "Metadata": {"attempt_id": taken.attempt_id},
    }


def _written(at: datetime) -> str:
    """As Postmark does: with seven digits behind the second."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
