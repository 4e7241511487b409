"""Files of messages are fetched from Twilio, and from nobody else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels_out.channel import Channel
from gateway.models import Attachment, Business, HeldItem, HeldReason
from tests.webhooks.conftest import ACCOUNT, TOKEN
from webhooks.twilio import media
from webhooks.twilio.guard import MediaRefused, check_url
from webhooks.twilio.media import fetch_due

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 200
PATH = "/2010-04-01/Accounts/AC/Messages/MM/Media/ME"

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    """Twilio's REST API on this machine."""
    settings.TWILIO_API_URL = httpserver.url_for("").rstrip("/")
    return httpserver


@pytest.fixture
def pending(bikes: Business, settings: Any, tmp_path: Any) -> Iterator[Any]:
    """Makes a file that is still at the provider."""
    settings.MEDIA_ROOT = tmp_path
    held = HeldItem.objects.create(reason=HeldReason.EMPTY, channel=Channel.SMS, business=bikes)

    def make(url: str) -> Attachment:
        return Attachment.objects.create(
            held=held,
            name="image-1.jpg",
            content_type="image/jpeg",
            state="pending",
            source_url=url,
            due_at=timezone.now(),
        )

    return make


def fetched(attachment: Attachment) -> Attachment:
    assert fetch_due() == 1
    attachment.refresh_from_db()
    return attachment


def test_a_file_is_fetched_with_our_credentials_and_named_by_its_bytes(api, pending):
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(PNG, content_type="image/jpeg")

    api.expect_request(PATH).respond_with_handler(answer)
    stored = fetched(pending(api.url_for(PATH)))
    assert (stored.state, stored.content_type, stored.size) == ("stored", "image/png", len(PNG))
    assert stored.file.read() == PNG
    stored.file.close()
    assert (seen[0].authorization.username, seen[0].authorization.password) == (ACCOUNT, TOKEN)
    assert fetch_due() == 0


@pytest.mark.parametrize(
    ("announced", "served", "kept"),
    [
        ("audio/amr", "text/plain", "audio/amr"),
        ("application/octet-stream", "Audio/AMR; rate=8000", "audio/amr"),
        ("", "no type", "application/octet-stream"),
    ],
)
def test_bytes_that_say_nothing_have_the_type_that_twilio_names_if_it_is_one(
    api, pending, announced, served, kept
):
    api.expect_request(PATH).respond_with_data(b"\x07\x07", content_type=served)
    attachment = pending(api.url_for(PATH))
    Attachment.objects.update(content_type=announced)
    assert fetched(attachment).content_type == kept


def test_the_credentials_do_not_follow_a_redirect(api, pending):
    api.expect_request(PATH).respond_with_response(Response("", 307, {"Location": "/cdn/file"}))
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(PNG)

    api.expect_request("/cdn/file").respond_with_handler(answer)
    assert fetched(pending(api.url_for(PATH))).state == "stored"
    assert seen[0].authorization is None


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "http://127.0.0.1:1/",
        "https://[::1]/",
        "file:///etc/passwd",
        "https://evil.test/",
        "https://api.twilio.com.evil.test/",
        "https://evil.test/#.twilio.com",
        "https://user:password@media.twiliocdn.com/",
        "https://media.twiliocdn.com:8443/",
        "http://media.twiliocdn.com/",
        "gopher://media.twiliocdn.com/",
    ],
)
def test_f22_a_redirect_away_from_twilio_is_refused(api, pending, target):
    api.expect_request(PATH).respond_with_response(Response("", 302, {"Location": target}))
    refused = fetched(pending(api.url_for(PATH)))
    assert (refused.state, refused.due_at) == ("failed", None)
    assert "address" in refused.error


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME",
        "https://mms.twiliocdn.com/ME?Expires=1",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC/ME",
    ],
)
def test_twilio_s_own_addresses_are_allowed(url):
    check_url(url)


def test_f22_a_name_of_twilio_s_that_leads_into_a_private_network_is_refused(pending, monkeypatch):
    async def inside(*_: object) -> list[dict[str, object]]:
        return [
            {"hostname": "x", "host": "10.0.0.1", "port": 443, "family": 2, "proto": 0, "flags": 0}
        ]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", inside)
    refused = fetched(pending("https://media.twiliocdn.com/ME"))
    assert (refused.state, refused.error) == ("failed", "Its address leads into a private network.")


def test_f22_endless_redirects_end(api, pending):
    api.expect_request(PATH).respond_with_response(Response("", 302, {"Location": PATH}))
    assert fetched(pending(api.url_for(PATH))).state == "failed"


@pytest.mark.parametrize("status", [404, 410])
def test_f22_what_is_gone_is_said_to_be_gone(api, pending, status):
    api.expect_request(PATH).respond_with_response(Response("", status))
    gone = fetched(pending(api.url_for(PATH)))
    assert (gone.state, gone.error) == ("failed", "It is no longer at the provider.")


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_f22_what_may_be_there_later_is_tried_again_later(api, pending, status):
    api.expect_request(PATH).respond_with_response(Response("", status))
    later = fetched(pending(api.url_for(PATH)))
    assert (later.state, later.attempts) == ("pending", 1)
    assert timezone.now() < later.due_at < timezone.now() + timedelta(minutes=1)
    assert fetch_due() == 0


def test_after_many_tries_it_is_given_up(api, pending):
    api.expect_request(PATH).respond_with_response(Response("", 503))
    attachment = pending(api.url_for(PATH))
    for _ in range(media.TRIES):
        Attachment.objects.update(due_at=timezone.now())
        fetched(attachment)
    assert attachment.state == "failed"


def test_nobody_listening_is_tried_again(api, pending, settings):
    settings.TWILIO_API_URL = "http://127.0.0.1:9"
    assert fetched(pending("http://127.0.0.1:9/ME")).state == "pending"


@pytest.mark.parametrize("announced", [True, False])
def test_f22_a_file_without_end_is_cut(api, pending, monkeypatch, announced):
    monkeypatch.setattr(media, "LARGEST", 1_000)
    endless = (b"x" * 500 for _ in range(1_000_000))
    content = b"x" * 5_000 if announced else endless
    api.expect_request(PATH).respond_with_response(Response(content))
    cut = fetched(pending(api.url_for(PATH)))
    assert (cut.state, cut.error) == ("failed", media.TOO_LARGE)


def test_f22_a_slow_answer_does_not_hold_the_worker(api, pending, monkeypatch):
    monkeypatch.setattr(media, "FETCH_WITHIN", 0.3)

    def drip() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x"
            time.sleep(0.1)

    api.expect_request(PATH).respond_with_handler(lambda _: Response(drip()))
    started = time.monotonic()
    assert fetched(pending(api.url_for(PATH))).state == "pending"
    assert time.monotonic() - started < 1.5


def test_files_are_fetched_side_by_side_and_one_bad_one_harms_no_other(api, pending):
    api.expect_request("/good").respond_with_data(PNG)
    api.expect_request("/bad").respond_with_response(Response("", 500))
    for path in ("/good", "/bad", "/good"):
        pending(api.url_for(path))
    assert fetch_due() == 3
    assert sorted(Attachment.objects.values_list("state", flat=True)) == [
        "pending",
        "stored",
        "stored",
    ]


def test_a_file_whose_message_was_erased_meanwhile_leaves_nothing_behind(api, pending, tmp_path):
    attachment = pending(api.url_for(PATH))

    def answer(_: Request) -> Response:
        return Response(PNG)

    api.expect_request(PATH).respond_with_handler(answer)
    claimed = media.claim(1, timezone.now())
    attachment.delete()
    media._record(claimed[0], media.asyncio.run(media._fetch_all([claimed[0].source_url]))[0])
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/x", "not one of Twilio's"),
        ("https://media.twiliocdn.com:port/", "cannot be read"),
        ("https://[media.twiliocdn.com/", "cannot be read"),
    ],
)
def test_the_guard_says_why(url, reason):
    with pytest.raises(MediaRefused, match=reason):
        check_url(url)
