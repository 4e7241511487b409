"""What a log line says, and what it never says."""

from __future__ import annotations

import functools
import json
import logging
import re
import string
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import structlog
from celery.signals import before_task_publish
from django.http import HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from channels_out.outbox.line import line
from config.logs import lines
from config.logs.masking import Masker
from config.logs.requests import RequestLines, keep_the_request_id
from webhooks import processing
from webhooks.models import InboundEvent
from webhooks.outcome import Ended, Outcome

# RFC 5322 section 3.2.3
LOCAL = st.text(
    string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=2, max_size=64
)
DOMAIN = st.sampled_from(["home.example", "reply.gateway.test", "b\u00fccher.example"])
MAIL = st.builds("{}@{}".format, LOCAL, DOMAIN)
PHONE = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
USER_ID = st.from_regex(r"US\.[0-9]{12,128}", fullmatch=True)
ADDRESS = st.one_of(MAIL, PHONE, USER_ID)
AROUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


class Thing:
    """Something that tells an address when it is printed."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __repr__(self) -> str:
        return f"<Thing of {self.address}>"


Log = Callable[[logging.Logger, str], None]


def _raised(log: logging.Logger, address: str) -> None:
    try:
        {}[address]
    except LookupError as error:
        error.__context__ = ValueError(f"<{address}>")
        log.exception("It broke for %s", address)


# Every position in which an address may come to be logged.
POSITIONS: dict[str, Log] = {
    "the text": lambda log, address: log.warning(address),
    "an argument": lambda log, address: log.warning("Mail to %s.", address),
    "a shown argument": lambda log, address: log.warning("Mail to %r", address),
    "a list": lambda log, address: log.warning("Mails to %s", [address, address]),
    "a dict": lambda log, address: log.warning("Mail %s", {"to": address, address: 1}),
    "bytes": lambda log, address: log.warning("Raw %s", f"To: {address}".encode()),
    "an object": lambda log, address: log.warning("About %s", Thing(address)),
    "arguments that do not fit": lambda log, address: log.warning("%d pieces", address),
    "an exception": _raised,
    "a URL": lambda log, address: log.warning("GET /?to=%s&x=1", address),
    "structlog": lambda log, address: _bound(log).warning("sent", to=address, all=[address]),
    "structlog's deep values": lambda log, address: _bound(log).warning(
        "sent", data={"a": {address: (address, {address})}, "thing": Thing(address)}
    ),
    "the context": lambda log, address: _in_context(log, address),
}


def _bound(log: logging.Logger) -> Any:
    return structlog.get_logger(log.name)


def _in_context(log: logging.Logger, address: str) -> None:
    with structlog.contextvars.bound_contextvars(writer=address):
        log.warning("hello")


formatter = functools.cache(lines.formatter)


def written(log_format: str, act: Callable[[logging.Logger], None]) -> str:
    """What is written when `act` logs."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(log_format))
    log = logging.getLogger("tests.logs")
    log.addHandler(handler)
    log.propagate = False
    try:
        act(log)
    finally:
        log.removeHandler(handler)
        log.propagate = True
    return stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "line"])
@pytest.mark.parametrize("position", POSITIONS)
@given(address=ADDRESS, before=AROUND, after=AROUND)
def test_no_address_comes_out_whole(log_format, position, address, before, after):
    for said in (address, f"{before} {address} {after}"):
        text = written(log_format, lambda log, said=said: POSITIONS[position](log, said))
        assert text
        assert address not in text
        assert json.dumps(address)[1:-1] not in text


@given(address=ADDRESS, before=AROUND, after=AROUND)
def test_no_address_comes_out_whole_whatever_stands_beside_it(address, before, after):
    assert address not in Masker().text(f"{before}{address}{after}")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Mail to ann@example.com failed", "Mail to a***@example.com failed"),
        ("Ann <ann+bikes@example.com>, bob@x.example", "Ann <a***@example.com>, b***@x.example"),
        ('"ann b"@example.com', "***@example.com"),
        ("GET /?to=ann%40example.com", "GET /***%40example.com"),
        ("text to +14155550100", "text to +1415***00"),
        ("text to +1 (415) 555-0100.", "text to +1415***00."),
        ("From=%2B14155550100&Body=hi", "From=+1415***00&Body=hi"),
        ("whatsapp:US.13491208655302741918", "whatsapp:US.13***18"),
        ("GET /c/2c4x7k3q5m6n7p2r3s4t5u6v/files/1", "GET /c/***/files/1"),
        ("/files/eyJhIjoxfQ:1abc:def/", "/files/***/"),
        ("GET /act/WyJhIjoxfQ:1abc:def/", "GET /act/***/"),
        ("/another-way/WyJhIjoxfQ:1abc:def/", "/another-way/***/"),
        ("/conversation/?token=abc&a=1", "/conversation/?token=***&a=1"),
        ("Authorization: Basic YW5uOnBhc3M=", "Authorization: ***"),
        ("{'Authorization': 'Token 0123456789'}", "{'Authorization': '***'}"),
        ("sent Bearer 0123456789abcdef", "sent Bearer ***"),
        ("postgres://ann:pass@db.example/x", "postgres://***@db.example/x"),
        ("key is twilio-auth-token", "key is ***"),
        ("wrong basic authentication", "wrong basic authentication"),
        ("2026-11-25T19:00:00+00:00 took 0.25 s", "2026-11-25T19:00:00+00:00 took 0.25 s"),
        ("@property at /webhooks/twilio/inbound/", "@property at /webhooks/twilio/inbound/"),
    ],
)
def test_what_is_masked_still_tells_one_from_another(said, written):
    assert Masker(["twilio-auth-token"]).text(said) == written


def test_a_value_under_a_name_of_a_secret_is_masked_whatever_it_is():
    event = Masker()(None, "", {"event": "x", "headers": {"Cookie": "a=b", "Accept": "*/*"}})
    assert event == {"event": "x", "headers": {"Cookie": "***", "Accept": "*/*"}}


def test_the_secrets_of_the_settings_are_masked(settings):
    said = " ".join([settings.TWILIO_AUTH_TOKENS[0] * 2, settings.SECRET_KEY, settings.TOKEN_KEY])
    text = written("json", lambda log: log.warning(said))
    assert settings.SECRET_KEY not in text
    assert settings.TOKEN_KEY not in text


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "@",
        "a@",
        "+1",
        "+",
        "%2B1 ",
        "/c/",
        "/c/a",
        "token=",
        "Token ",
        "x-",
        "://",
        '"',
        "U",
        "US.1",
        " ",
    ],
)
def test_hostile_text_is_masked_in_linear_time(piece):
    # Where the time grew with the square of the length, this would outlast every test's time.
    Masker(["a-secret-of-ours"]).text(piece * (200_000 // len(piece)))


def test_a_line_is_one_json_object_with_what_a_collector_looks_for():
    def act(log: logging.Logger) -> None:
        with structlog.contextvars.bound_contextvars(request_id="r1", event_id="e1"):
            log.warning("Odd\nnews \ud800 of %s", "today")

    text = written("json", act)
    assert text.count("\n") == 1
    said = json.loads(text)
    assert list(said)[:4] == ["timestamp", "level", "logger", "event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", said["timestamp"])
    assert said["level"] == "warning"
    assert said["logger"] == "tests.logs"
    assert said["event"] == "Odd\nnews \ud800 of today"
    assert (said["request_id"], said["event_id"]) == ("r1", "e1")


def test_what_a_stranger_wrote_begins_no_line_of_its_own():
    text = written("line", lambda log: log.warning("GET /%s", "x\n2026 ERROR forged \ud800"))
    assert text.count("\n") == 1
    assert "WARNING tests.logs GET /x\\n2026 ERROR forged \\ud800" in text


def test_a_traceback_stands_below_its_line():
    text = written("line", lambda log: _raised(log, "bob@home.example"))
    assert "\nTraceback" in text
    assert "ValueError: <b***@home.example>" in text


def test_a_request_is_one_line_without_its_query(db, caplog):
    caplog.set_level("DEBUG")
    Client().get("/accounts/login/?next=/&token=secret")
    [record] = [one for one in caplog.records if "request_" in str(one.msg) and one.levelno >= 20]
    assert record.msg["request"] == "GET /accounts/login/"
    assert record.msg["code"] == 200
    assert record.msg["request_id"]


def test_providers_requests_and_probes_have_an_id_and_no_line(caplog):
    seen = []

    def view(request: Any) -> HttpResponse:
        seen.append(structlog.contextvars.get_contextvars()["request_id"])
        return HttpResponse()

    middleware = RequestLines(view)
    for path in ("/webhooks/twilio/inbound/", "/livez", "/readyz", "/healthz", "/metrics"):
        middleware(RequestFactory().post(path))
    assert len(set(seen)) == 5
    assert structlog.contextvars.get_contextvars() == {}
    assert caplog.records == []


@pytest.mark.parametrize("path", ["/changes/", "/simulator/api/texts", "/static/gateway/live.js"])
def test_what_open_pages_ask_every_second_is_a_line_only_where_it_fails(path, caplog):
    caplog.set_level("INFO")
    for status in (200, 204, 304):
        RequestLines(lambda _, status=status: HttpResponse(status=status))(
            RequestFactory().get(path)
        )
    assert caplog.records == []
    RequestLines(lambda _: HttpResponse(status=503))(RequestFactory().get(path))
    assert [record.msg["code"] for record in caplog.records] == [503]
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize("path", ["/accounts/login/", "/webhooks/twilio/inbound/", "/readyz"])
@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [
        (1, "6d1e7b0c5f0d4a7c9b0e2f3a4b5c6d7e", True),
        (2, "1-5759e988-bd862e3fe1be46a994272793", True),
        (1, "", False),
        (1, "a" * 65, False),
        (1, "two words", False),
        (1, "line\nend", False),
        (1, "\u00e9", False),
        (0, "6d1e7b0c5f0d4a7c9b0e2f3a4b5c6d7e", False),
    ],
)
def test_the_id_is_that_of_the_proxy_where_there_is_one(settings, path, proxies, given, is_taken):
    settings.TRUSTED_PROXIES = proxies
    seen = []

    def view(request: Any) -> HttpResponse:
        seen.append(structlog.contextvars.get_contextvars()["request_id"])
        return HttpResponse()

    RequestLines(view)(RequestFactory().get(path, headers={"X-Request-ID": given}))
    assert (seen == [given]) is is_taken
    assert 32 <= len(seen[0]) <= 64


def test_a_wake_up_carries_the_requests_id_and_nothing_else():
    context = {"request_id": "r1", "event_id": "e1", "delivery_id": "d1"}
    keep_the_request_id(context=context, sender=None, signal=None)
    assert context == {"request_id": "r1"}


def test_what_is_published_carries_it_along():
    headers: dict[str, Any] = {}
    with structlog.contextvars.bound_contextvars(request_id="r1", event_id="e1"):
        before_task_publish.send(
            sender="gateway.drain", headers=headers, body={}, properties={}, routing_key="gateway"
        )
    assert headers["__django_structlog__"] == {"request_id": "r1"}


@pytest.mark.django_db
def test_what_is_logged_about_an_event_names_it(monkeypatch):
    seen = {}

    def take_in(event: InboundEvent) -> Ended:
        seen[str(event.pk)] = structlog.contextvars.get_contextvars()["event_id"]
        return Ended(Outcome.NOTED)

    monkeypatch.setattr(processing, "TAKE_IN", dict.fromkeys(processing.TAKE_IN, take_in))
    for number in range(2):
        InboundEvent.objects.create(
            kind="email_mime", provider="mime", unique_key=str(number), body=b"x"
        )
    assert processing.process_due() == 2
    assert len(seen) == 2
    assert all(pk == bound for pk, bound in seen.items())
    assert "event_id" not in structlog.contextvars.get_contextvars()


def test_what_is_logged_on_the_line_carries_the_context_of_whoever_sends():
    async def look() -> dict[str, Any]:
        return structlog.contextvars.get_contextvars()

    with structlog.contextvars.bound_contextvars(request_id="r1"):
        assert line().run(look()).result(10)["request_id"] == "r1"


def test_djangos_and_celerys_lines_go_through_the_one_formatter():
    configured = lines.configure("json")
    assert set(configured["handlers"]) == {"console"}
    assert all(not each["handlers"] for each in configured["loggers"].values())
    assert {"django", "celery", "_granian"} <= set(configured["loggers"])
