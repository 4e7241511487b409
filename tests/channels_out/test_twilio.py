"""Twilio as it answers on a bad day, over real HTTP. F numbers are those of the list of faults."""

import asyncio
import json
import re
from datetime import timedelta
from email.utils import format_datetime
from uuid import uuid4

import pytest
from django.utils import timezone
from werkzeug import Response

from channels_out.adapters.registry import adapter_for
from channels_out.adapters.twilio_http import TwilioHttp
from channels_out.channel import Channel
from channels_out.errors import CODE_LENGTH, CredentialsRefused, SendError, TooFast, Uncertain
from channels_out.models import Circuit, Delivery, Sender, Suppression
from channels_out.outbox import StatusReport, drain, record_status, resolve_doubts
from channels_out.outgoing import Outgoing, Rendered
from channels_out.state import State
from tests.channels_out.twilio_kinds import KINDS, STOPPED, WAITED_FOR

pytestmark = pytest.mark.django_db

THEIR_NUMBER = "+15550199"


@pytest.fixture
def impatient(monkeypatch):
    """A short patience with answers, so that a test need not wait for a long one."""
    monkeypatch.setattr("channels_out.adapters.web_client.ANSWER_WITHIN", 0.3)
    adapter = adapter_for(Channel.SMS)
    monkeypatch.setattr(adapter, "_http", TwilioHttp())


def state_of(delivery):
    delivery.refresh_from_db()
    return delivery.state


def received(twilio):
    return [text["body"] for text in twilio.texts(THEIR_NUMBER)]


def make_due(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
    Sender.objects.update(next_at=timezone.now())


def test_a_text_reaches_the_phone(twilio, text):
    delivery = text("Still there?")
    drain()
    assert state_of(delivery) == State.SENT
    assert delivery.provider == "twilio"
    assert delivery.provider_id.startswith("SM")
    assert received(twilio) == ["Still there?"]


def test_a_whatsapp_message_reaches_the_phone_within_the_window(twilio, text, whatsapp_sender):
    twilio.send_text(f"whatsapp:{THEIR_NUMBER}", f"whatsapp:{whatsapp_sender.address}", "Hi")
    delivery = text("Hello", channel=Channel.WHATSAPP, sender=whatsapp_sender)
    drain()
    assert state_of(delivery) == State.SENT


@pytest.mark.parametrize(
    "fault",
    ["create_error_recorded", "create_empty", "create_html", "create_object", "create_reset"],
)
def test_f01_f04_f05_a_message_that_was_taken_is_never_sent_twice(twilio, text, fault):
    twilio.turn(fault)
    delivery = text("Once")
    drain()
    assert (state_of(delivery), delivery.provider_id) == (State.IN_DOUBT, "")
    make_due(delivery)
    drain()
    assert (state_of(delivery), received(twilio)) == (State.IN_DOUBT, ["Once"])
    resolve_doubts()
    drain()
    assert state_of(delivery) in (State.SENT, State.DELIVERED)
    assert delivery.provider_id.startswith("SM")
    assert received(twilio) == ["Once"]


def test_f05_a_line_that_breaks_after_the_headers_leaves_a_doubt(httpserver, settings, text):
    settings.CHANNEL_ADAPTERS = {}
    settings.TWILIO_API_URL = httpserver.url_for("").rstrip("/")
    cut_off = Response(iter([b'{"sid": "SM']), status=201, headers={"Content-Length": "500"})
    httpserver.expect_request(re.compile(".*"), method="POST").respond_with_response(cut_off)
    delivery = text("Once")
    drain()
    assert (state_of(delivery), delivery.provider_id) == (State.IN_DOUBT, "")
    drain()
    assert len(httpserver.log) == 1


def test_f02_a_message_that_was_not_taken_is_sent_again_exactly_once(twilio, text):
    twilio.turn("create_error")
    delivery = text("Once")
    drain()
    assert state_of(delivery) == State.IN_DOUBT
    resolve_doubts()
    drain()
    assert state_of(delivery) == State.SENT
    assert received(twilio) == ["Once"]


def test_f03_a_message_that_is_taken_and_never_answered_is_not_sent_twice(twilio, text, impatient):
    twilio.turn("create_hang", seconds=2)
    delivery = text("Once")
    drain()
    assert state_of(delivery) == State.IN_DOUBT
    resolve_doubts()
    drain()
    assert state_of(delivery) in (State.SENT, State.DELIVERED)
    assert received(twilio) == ["Once"]


def test_f06_too_many_requests_keep_the_order(twilio, text, sender):
    twilio.turn("create_busy", 2, retry_after=7)
    first = text("first", lane="c")
    text("second", lane="c")
    for _ in range(3):
        make_due(first)
        drain()
    assert received(twilio) == ["first", "second"]


def test_f07_revoked_credentials_pause_the_sender_until_they_are_mended(
    twilio, text, sender, settings, caplog
):
    valid = settings.TWILIO_AUTH_TOKENS
    settings.TWILIO_AUTH_TOKENS = ("revoked",)
    delivery = text("Kept")
    drain()
    sender.refresh_from_db()
    assert sender.paused_at is not None
    assert "is paused" in caplog.text
    assert state_of(delivery) == State.QUEUED
    settings.TWILIO_AUTH_TOKENS = valid
    make_due(delivery)
    drain()
    sender.refresh_from_db()
    assert sender.paused_at is None
    assert received(twilio) == ["Kept"]


def test_without_an_account_the_queue_is_kept(settings, text, sender):
    settings.CHANNEL_ADAPTERS = {}
    settings.TWILIO_AUTH_TOKENS = ()
    delivery = text()
    drain()
    assert (state_of(delivery), delivery.error_name) == (State.QUEUED, CredentialsRefused.code)


def test_a_refusal_tells_the_owner_why(twilio, text):
    twilio.turn("create_refuse", status=400, code=21623)
    delivery = text()
    drain()
    assert (state_of(delivery), delivery.error_code) == (State.FAILED, "21623")
    assert (delivery.reason, delivery.next_step) == (
        "There are more than 10 attachments.",
        "Send fewer.",
    )


def test_a_slow_answer_holds_up_nobody(twilio, text):
    twilio.turn("create_slow", ms=600)
    for _ in range(20):
        text()
    drain()
    assert len(received(twilio)) == 20


@pytest.fixture
def answering(httpserver, settings):
    """Lets Twilio answer the next creates with a status, a body and headers."""
    settings.CHANNEL_ADAPTERS = {}
    settings.TWILIO_API_URL = httpserver.url_for("").rstrip("/")

    def answer(status, body, **headers):
        httpserver.clear()
        request = httpserver.expect_request(re.compile(".*"), method="POST")
        request.respond_with_json(body, status, headers)

    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_request_is_tried_again_only_where_that_helps(answering, text, sender, kind):
    for code in KINDS[kind].split():
        Suppression.objects.all().delete()
        Circuit.objects.all().delete()
        Sender.objects.update(paused_at=None, next_at=timezone.now())
        answering(400, {"code": int(code), "message": "No."})
        delivery = text()
        drain()
        assert (code, state_of(delivery)) == (code, "queued" if kind in WAITED_FOR else "failed")
        assert (code, delivery.error_name, delivery.error_code) == (code, kind, code)
        says_so = "by itself" in delivery.next_step or "as soon as" in delivery.next_step
        assert (code, says_so) == (code, kind in WAITED_FOR)
        assert (code, Suppression.objects.exists()) == (code, kind in STOPPED)
        sender.refresh_from_db()
        assert (code, sender.paused_at is not None) == (code, kind == "credentials_refused")
        Delivery.objects.all().delete()


@pytest.mark.parametrize(
    "code", [None, 30999, -1, "21610 ", "x" * 500, "\0", [21610], {"code": 21610}, True]
)
def test_f14_a_refusal_with_an_absurd_code_is_told_in_general_and_stops_nobody(
    answering, text, sender, code
):
    answering(400, {"code": code, "message": "No."})
    delivery = text()
    drain()
    assert (state_of(delivery), delivery.reason) == (State.FAILED, SendError().reason)
    assert delivery.next_step == SendError.next_step
    assert len(delivery.error_code) <= CODE_LENGTH
    assert not Suppression.objects.exists()
    sender.refresh_from_db()
    assert sender.paused_at is None


@pytest.mark.parametrize("code", [30008, 30001, 20003, 21610, None, "x" * 500])
def test_a_message_that_is_taken_and_fails_at_once_is_never_sent_again(
    answering, text, httpserver, code
):
    answering(201, {"sid": "SM1", "status": "failed", "error_code": code})
    delivery = text("Once")
    drain()
    make_due(delivery)
    drain()
    assert (state_of(delivery), delivery.tries.get().provider_id) == (State.FAILED, "SM1")
    assert "by itself" not in delivery.next_step
    assert len(httpserver.log) == 1
    record_status(StatusReport("twilio", "delivered", provider_id="SM1"))
    assert state_of(delivery) == State.DELIVERED


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (63038, "Our account has sent as many messages as it may in a day."),
        (21211, TooFast().reason),
        (99999, TooFast().reason),
        (None, TooFast().reason),
    ],
)
def test_f06_an_answer_429_says_which_limit_it_was_and_is_always_waited_for(
    answering, text, code, reason
):
    answering(429, {"code": code}, **{"Retry-After": "7"})
    delivery = text()
    drain()
    assert (state_of(delivery), delivery.error_name) == (State.QUEUED, TooFast.code)
    assert delivery.reason == reason
    assert delivery.next_step == TooFast.next_step


def outgoing(**changes):
    usual = {
        "attempt_id": uuid4(),
        "channel": Channel.SMS,
        "sender_address": "+15550100",
        "account": "AC" + "0" * 32,
        "messaging_service": "",
        "to_address": THEIR_NUMBER,
        "rendered": Rendered(text="Hello"),
        "status_callback": "https://gateway.test/webhooks/twilio/status/1/",
        "message_id": "",
    }
    return Outgoing(**{**usual, **changes})


@pytest.fixture
def posted(httpserver, settings):
    """What the adapter posts for one message, as Twilio's form parameters."""
    settings.CHANNEL_ADAPTERS = {}
    settings.TWILIO_API_URL = httpserver.url_for("").rstrip("/")
    forms = []

    def take(request):
        forms.append((request.path, request.form.to_dict(flat=False), request.authorization))
        return Response(json.dumps({"sid": "SM1", "status": "queued"}), 201)

    httpserver.expect_request(re.compile(".*"), method="POST").respond_with_handler(take)

    def post(**changes):
        asyncio.run(_once(adapter_for(Channel.SMS), outgoing(**changes)))
        return forms[-1]

    return post


async def _once(adapter, message):
    try:
        return await adapter.send(message)
    finally:
        await adapter.close()


def test_an_sms_is_posted_with_its_callback_as_our_account(posted, settings):
    path, form, signed = posted()
    assert path == f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
    assert form == {
        "To": [THEIR_NUMBER],
        "From": ["+15550100"],
        "Body": ["Hello"],
        "StatusCallback": ["https://gateway.test/webhooks/twilio/status/1/"],
    }
    assert (signed.username, signed.password) == (settings.TWILIO_ACCOUNT_SID, "12345")


def test_a_senders_own_account_is_the_one_that_sends(posted):
    path, _, _ = posted(account="AC" + "1" * 32)
    assert f"AC{'1' * 32}" in path


def test_whatsapp_addresses_get_their_prefix(posted):
    _, form, _ = posted(channel=Channel.WHATSAPP, to_address="US.13491208655302741918")
    assert form["To"] == ["whatsapp:US.13491208655302741918"]
    assert form["From"] == ["whatsapp:+15550100"]


def test_pictures_travel_as_media(posted):
    urls = ("https://gateway.test/m/1", "https://gateway.test/m/2")
    _, form, _ = posted(rendered=Rendered(text="", media_urls=urls))
    assert form["MediaUrl"] == list(urls)
    assert "Body" not in form


def test_a_template_replaces_the_text(posted):
    rendered = Rendered(text="Hi Ann", content_sid="HX1", content_variables=(("1", "Ann"),))
    _, form, _ = posted(channel=Channel.WHATSAPP, rendered=rendered)
    assert form["ContentSid"] == ["HX1"]
    assert json.loads(form["ContentVariables"][0]) == {"1": "Ann"}
    assert "Body" not in form


def test_a_messaging_service_is_named_beside_the_number(posted):
    _, form, _ = posted(messaging_service="MG1")
    assert form["MessagingServiceSid"] == ["MG1"]
    assert form["From"] == ["+15550100"]


def find(message):
    async def ask():
        adapter = adapter_for(Channel.SMS)
        try:
            return await adapter.find(message, timezone.now() - timedelta(hours=1))
        finally:
            await adapter.close()

    return asyncio.run(ask())


def test_a_list_that_cannot_be_read_leaves_the_doubt(httpserver, settings):
    settings.CHANNEL_ADAPTERS = {}
    settings.TWILIO_API_URL = httpserver.url_for("").rstrip("/")
    httpserver.expect_request(re.compile(".*")).respond_with_data("<html>")
    with pytest.raises(Uncertain):
        find(outgoing())


FOUND_CASES = {
    "the very text": ({"body": "ok"}, Rendered(text="ok"), True),
    "a trial account's": (
        {"body": "Sent from your Twilio trial account - ok"},
        Rendered(text="ok"),
        True,
    ),
    "a longer text that ends alike": ({"body": "I said it is ok"}, Rendered(text="ok"), False),
    "as many pictures": ({"num_media": "1"}, Rendered(text="", media_urls=("https://x/y",)), True),
    "a text, not a picture": (
        {"body": "Quite another"},
        Rendered(text="", media_urls=("https://x/y",)),
        False,
    ),
    "fewer pictures": ({"num_media": "0"}, Rendered(text="", media_urls=("https://x/y",)), False),
}


@pytest.mark.parametrize(("held", "ours", "is_ours"), FOUND_CASES.values(), ids=FOUND_CASES)
def test_a_message_in_doubt_is_found_by_what_it_says(httpserver, settings, held, ours, is_ours):
    settings.CHANNEL_ADAPTERS = {}
    settings.TWILIO_API_URL = httpserver.url_for("").rstrip("/")
    message = {"sid": "SM1", "body": "", "num_media": "0", "status": "sent", **held}
    message["date_created"] = format_datetime(timezone.now())
    httpserver.expect_request(re.compile(".*")).respond_with_json({"messages": [message]})
    found = find(outgoing(rendered=ours))
    assert [each.provider_id for each in found] == (["SM1"] if is_ours else [])
