"""Who gets in at the entrances of mail, and what is answered."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.webhooks.conftest import PUBLIC, basic
from webhooks.body import KEPT_IN_ROW, MEGABYTE
from webhooks.models import InboundEvent, InboundEventQuerySet, Kind

MAIL = b"From: Carla <carla@example.com>\r\nTo: bikes@reply.gateway.test\r\nSubject: Hi\r\n\r\nHello\r\n"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("route", ["mime/", "postmark/inbound/", "sendgrid/tracking/"])
@pytest.mark.parametrize("credentials", ["", "provider:wrong", "provider", "\xe9:\xff"])
def test_without_the_secret_there_is_a_challenge(mail_provider, route, credentials):
    answer = mail_provider.post(route, MAIL, "message/rfc822", credentials)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic realm=")
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!", "Bearer x", "Basic a b", "Basic " + "x" * 9999]
)
def test_credentials_that_are_none_are_no_error(mail_provider, header):
    answer = mail_provider.post("mime/", MAIL, "message/rfc822", "", Authorization=header)
    assert answer.status_code == 401


def test_where_no_secret_is_set_nobody_gets_in(mail_provider, settings, monkeypatch):
    settings.ANYMAIL = {}
    monkeypatch.delenv("ANYMAIL_WEBHOOK_SECRET")
    assert mail_provider.mail(MAIL).status_code == 401


def test_without_a_setting_the_secret_of_the_environment_counts(
    mail_provider, settings, monkeypatch
):
    settings.ANYMAIL = {}
    monkeypatch.setenv("ANYMAIL_WEBHOOK_SECRET", "provider:secret")
    assert mail_provider.mail(MAIL).status_code == 200


def test_while_the_secret_rotates_both_are_accepted(mail_provider, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": ["new:one", "provider:secret"]}
    assert mail_provider.mail(MAIL).status_code == 200


@pytest.mark.parametrize(
    "route",
    [
        "mailgun/inbound/",
        "mailgun/inbound_mime/",
        "mailgun/tracking/",
        "mandrill/",
        "mandrill/inbound/",
        "mandrill/tracking/",
        "resend/inbound/",
        "resend/tracking/",
        "brevo/inbound/",
        "mailersend/inbound/",
        "mailtrap/inbound/",
        "postal/inbound/",
        "unisender_go/tracking/",
        "nobody/inbound/",
        "postmark/elsewhere/",
        "",
    ],
)
def test_a_provider_that_is_not_configured_is_not_there(mail_provider, route):
    """A key that is missing on our side must not look like a forged request."""
    answer = mail_provider.post(route, b"{}")
    assert answer.status_code == 404
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("route", ["postmark/inbound/", "mandrill/", "mailgun/tracking/"])
def test_head_is_answered_for_providers_that_try_the_address_first(client, route):
    assert client.head(f"/webhooks/email/{route}").status_code == 200


def test_unisender_may_try_the_address_with_get(client):
    assert client.get("/webhooks/email/unisender_go/tracking/").status_code == 200
    assert client.get("/webhooks/email/postmark/tracking/").status_code == 405


def test_a_raw_mail_is_stored_as_it_came_and_without_the_credentials(mail_provider):
    answer = mail_provider.mail(MAIL, "recipient=a@reply.gateway.test&recipient=b@x.test&sender=")
    assert answer.status_code == 200
    event = InboundEvent.objects.get()
    assert (event.kind, event.read_body(), event.size) == (Kind.EMAIL_MIME, MAIL, len(MAIL))
    assert event.query == "recipient=a@reply.gateway.test&recipient=b@x.test&sender="
    assert "provider:secret" not in json.dumps(event.headers)
    assert "Authorization" not in event.headers


def test_an_address_without_its_last_slash_is_served_as_well(mail_provider):
    assert mail_provider.post("mime?recipient=a@x.test", MAIL, "message/rfc822").status_code == 200
    assert mail_provider.post("postmark/tracking", b"{}").status_code == 200


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "application/octet-stream", "Message/RFC822; a=b"]
)
def test_a_raw_mail_may_come_as_bytes(mail_provider, kind):
    assert mail_provider.post("mime/", MAIL, kind).status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", ""])
def test_a_raw_mail_that_calls_itself_something_else_is_told_how_to(mail_provider, kind):
    answer = mail_provider.post("mime/", MAIL, kind)
    assert answer.status_code == 415
    assert b"message/rfc822" in answer.content


@pytest.mark.django_db(transaction=True)
def test_the_same_mail_to_the_same_recipient_is_a_repeat_and_to_another_is_not(mail_provider):
    for query in ("recipient=a@x.test", "recipient=a@x.test", "recipient=b@x.test"):
        assert mail_provider.mail(MAIL, query).status_code == 200
    assert InboundEvent.objects.count() == 2


def test_a_large_mail_is_kept_in_the_storage_with_the_row_pointing_there(mail_provider):
    large = MAIL + b"x" * KEPT_IN_ROW
    mail_provider.mail(large)
    event = InboundEvent.objects.get()
    assert (bytes(event.body), event.read_body()) == (b"", large)
    assert event.body_file.name.startswith("inbound/")


@pytest.mark.django_db(transaction=True)
def test_a_repeat_of_a_large_mail_leaves_no_file_behind(mail_provider, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for _ in range(2):
        assert mail_provider.mail(MAIL + b"x" * KEPT_IN_ROW).status_code == 200
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("failure", [OperationalError("down"), OSError(28, "No space left")])
def test_f17_what_could_not_be_stored_is_not_answered_as_taken(
    mail_provider, monkeypatch, settings, tmp_path, failure
):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise failure

    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(InboundEventQuerySet, "bulk_create", fail)
    answer = mail_provider.mail(MAIL + b"x" * KEPT_IN_ROW)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_empty_mail_is_refused(mail_provider):
    kind = {"Content-Type": "message/rfc822"}
    answer = mail_provider.post("mime/", b"", **kind)
    assert answer.status_code == 400
    assert not InboundEvent.objects.exists()


def test_f41_a_mail_of_ten_megabytes_is_taken_and_one_over_fifty_is_not(mail_provider):
    assert mail_provider.mail(MAIL + b"x" * 10 * MEGABYTE).status_code == 200
    answer = mail_provider.mail(b"x" * (50 * MEGABYTE + 1))
    assert answer.status_code == 413
    assert b"50 MB" in answer.content


def form(parts: list[tuple[str, bytes]], boundary: str = "XX") -> tuple[bytes, str]:
    """A multipart body of (disposition, content)."""
    lines = (
        f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for disposition, content in parts
    )
    return b"".join(
        lines
    ) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


@pytest.mark.parametrize("route", ["mailgun/inbound/", "sendgrid/inbound/"])
def test_f41_more_fields_and_files_than_django_takes_are_taken(mail_provider, settings, route):
    settings.ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = "key"
    signature = hmac.new(b"key", b"1token", hashlib.sha256).hexdigest()
    parts = [
        ('name="timestamp"', b"1"),
        ('name="token"', b"token"),
        ('name="signature"', signature.encode()),
        ('name="recipient"', b"bikes@reply.gateway.test"),
        ('name="body-mime"', MAIL),
        ('name="email"', MAIL),
        *[(f'name="f{n}"', b"x") for n in range(1_100)],
        *[(f'name="a{n}"; filename="{n}.txt"', b"x" * 30_000) for n in range(110)],
    ]
    body, kind = form(parts)
    assert mail_provider.post(route, body, kind).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"--XX", "multipart/form-data", id="no boundary"),
        pytest.param(b"--YY\r\n\r\n", "multipart/form-data; boundary=XX", id="other boundary"),
        pytest.param(b"\r\n--XX" * 20_000, "multipart/form-data; boundary=XX", id="too many parts"),
        pytest.param(b"&" * 20_000, "application/x-www-form-urlencoded", id="too many fields"),
        pytest.param(b"a=b", "multipart/form-data; boundary=\xe9", id="boundary not ASCII"),
    ],
)
def test_f42_a_form_that_cannot_be_read_is_answered_400(mail_provider, body, kind):
    answer = mail_provider.post("sendgrid/inbound/", body, kind)
    assert answer.status_code == 400
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'"\\ud800"'])
@pytest.mark.parametrize(
    "route",
    ["mailgun/tracking/", "amazon_ses/inbound/", "resend/tracking/", "unisender_go/tracking/"],
)
def test_f42_a_body_that_is_not_the_provider_s_is_a_clean_4xx(mail_provider, settings, route, body):
    settings.ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = "key"
    settings.ANYMAIL_RESEND_SIGNING_SECRET = "whsec_" + b64encode(b"secret").decode()
    settings.ANYMAIL_UNISENDER_GO_API_KEY = "key"
    assert mail_provider.post(route, body).status_code in {400, 403}
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("charset", ["hex", "bz2", "no-such", "utf-7", "idna"])
def test_f44_a_charset_that_is_none_is_no_error(mail_provider, charset):
    kind = f"application/json; charset={charset}"
    assert mail_provider.post("postmark/tracking/", b"{}", kind).status_code == 200


def test_mandrill_signs_the_public_address_with_the_credentials_in_it(mail_provider, settings):
    settings.ANYMAIL_MANDRILL_WEBHOOK_KEY = "key"
    address = PUBLIC.replace("https://", "https://provider:secret@") + "/webhooks/email/mandrill/"
    signed = f"{address}mandrill_events[]".encode()
    signature = b64encode(hmac.new(b"key", signed, hashlib.sha1).digest()).decode()
    kind = "application/x-www-form-urlencoded"

    def post(route: str) -> Any:
        return mail_provider.post(
            route,
            b"mandrill_events=%5B%5D",
            kind,
            **{"X-Mandrill-Signature": signature, "Host": "localhost"},
        )

    assert post("mandrill/").status_code == 200
    refused = post("mandrill/tracking/")
    assert refused.status_code == 403
    assert b"secret" not in refused.content


def test_a_signature_alone_does_not_open_a_route(mail_provider, settings):
    """Mailgun's covers a time and a random word, not the mail: the secret is needed as well."""
    settings.ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY = "key"
    signature = hmac.new(b"key", b"1token", hashlib.sha256).hexdigest()
    body = json.dumps({"signature": {"timestamp": "1", "token": "token", "signature": signature}})
    assert mail_provider.post("mailgun/tracking/", body, credentials="").status_code == 401
    assert mail_provider.post("mailgun/tracking/", body).status_code == 200


@pytest.fixture
def in_a_host(settings: Any) -> None:
    """A project without our way past the middleware."""
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "straight" not in each]


@pytest.mark.usefixtures("in_a_host")
def test_a_host_that_asks_for_a_login_everywhere_still_hears_its_providers(mail_provider, settings):
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert mail_provider.mail(MAIL).status_code == 200


@pytest.mark.usefixtures("in_a_host")
@pytest.mark.django_db(transaction=True)
def test_a_host_s_transaction_around_every_request_is_kept_out(mail_provider, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    for _ in range(2):
        assert mail_provider.mail(MAIL).status_code == 200
    assert InboundEvent.objects.count() == 1


@pytest.mark.usefixtures("in_a_host")
def test_a_post_of_another_site_carries_no_token_and_needs_none(client):
    checked = type(client)(enforce_csrf_checks=True)
    answer = checked.post(
        "/webhooks/email/mime/",
        MAIL,
        content_type="message/rfc822",
        headers={"Authorization": basic()},
    )
    assert answer.status_code == 200
