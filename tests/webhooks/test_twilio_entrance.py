"""Who gets in at Twilio's entrances, what is answered, and what is stored."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.utils.datastructures import MultiValueDict
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

from tests.webhooks.conftest import ACCOUNT, INBOUND, PUBLIC, TOKEN, sms
from webhooks.models import InboundEvent, Kind
from webhooks.twilio.signature import Signature, is_signed
from webhooks.twilio.views import TWIML

STATUS = "/webhooks/twilio/status/01890a5d-ac96-774b-bcce-b302099a8057/"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"

pytestmark = pytest.mark.django_db


def sha(algorithm: str, secret: str = TOKEN) -> str:
    return RequestValidator(secret).compute_signature(PUBLIC + INBOUND, sms(), algorithm)


def test_a_signed_message_is_stored_whole_and_answered_with_empty_twiml(twilio):
    answer = twilio.post(sms())
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/xml"
    assert answer.content.decode() == TWIML
    event = InboundEvent.objects.get()
    assert (event.kind, event.account, event.state) == (Kind.TWILIO_INBOUND, ACCOUNT, "due")
    assert event.read_body().decode() == urlencode(sms())


@pytest.mark.parametrize("path", [INBOUND, STATUS])
@pytest.mark.parametrize(
    ("signed_path", "headers"),
    [
        pytest.param("", {"X-Twilio-Signature": ""}, id="no signature"),
        pytest.param("", {"X-Twilio-Signature": "bm9wZQ=="}, id="wrong signature"),
        pytest.param("", {"X-Twilio-Signature": "é\xff"}, id="no base64"),
        pytest.param("/webhooks/twilio/inbound", {}, id="without the slash"),
        pytest.param("/webhooks/twilio/inbound/?a=1", {}, id="other query"),
        pytest.param("/other/", {}, id="other path"),
    ],
)
def test_f20_what_twilio_did_not_sign_is_refused_and_not_stored(twilio, path, signed_path, headers):
    signed = signed_path or ("" if headers else path)
    answer = twilio.post(sms(), path, signed, **headers)
    assert answer.status_code == 403
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_an_address_without_its_last_slash_is_served_as_well(twilio, path):
    """Django would redirect, and a POST that follows a redirect comes without its body."""
    assert twilio.post(sms(), path.rstrip("/")).status_code == 200
    assert twilio.post(sms(), path).status_code == 200
    assert InboundEvent.objects.count() == 1


@pytest.mark.parametrize(
    "url", ["http://gateway.test", "https://evil.test", "https://gateway.test:8443x"]
)
def test_f20_the_configured_address_counts_not_the_one_that_was_asked(twilio, url):
    signature = RequestValidator(TOKEN).compute_signature(url + INBOUND, sms())
    headers = {
        "X-Twilio-Signature": signature,
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Proto": "http",
    }
    assert twilio.send(urlencode(sms()), INBOUND, headers).status_code == 403


def test_f20_a_request_behind_a_proxy_is_known_by_the_public_address(twilio):
    assert twilio.post(sms(), Host="localhost").status_code == 200


def test_f20_a_request_without_any_signature_header_is_refused(twilio):
    answer = twilio.send(urlencode(sms()), INBOUND, {})
    assert answer.status_code == 403
    assert b"PUBLIC_URL" in answer.content


@pytest.mark.parametrize(
    ("settings_header", "signature", "status"),
    [
        ("", sha(HMAC_SHA1), 200),
        ("key=other,algorithm=HMAC_SHA256", sha(HMAC_SHA256), 200),
        ("key=known,algorithm=HMAC_SHA256", sha(HMAC_SHA256, "shared secret"), 200),
        ("key=known,algorithm=HMAC_SHA256", sha(HMAC_SHA256, "wrong"), 403),
        ("key=known,algorithm=HMAC_SHA256", sha(HMAC_SHA256), 403),
        ("key=known,algorithm=HMAC_SHA256", sha(HMAC_SHA1, "shared secret"), 403),
        ("key=known,algorithm=HMAC_SHA1", sha(HMAC_SHA1, "shared secret"), 403),
        ("key=known", sha(HMAC_SHA1, "shared secret"), 403),
        ("key=other,algorithm=HMAC_SHA1", sha(HMAC_SHA1), 403),
        ("", sha(HMAC_SHA1, "shared secret"), 403),
        ("", sha(HMAC_SHA256), 403),
        ("key=known,algorithm=HMAC_MD5", sha(HMAC_SHA256, "shared secret"), 403),
        ("algorithm=none", sha(HMAC_SHA1), 403),
    ],
)
def test_f21_a_shared_key_signs_with_sha256_and_with_nothing_weaker(
    twilio, settings, settings_header, signature, status
):
    settings.TWILIO_SHARED_KEYS = {"known": "shared secret"}
    headers = {"X-Twilio-Signature": signature}
    if settings_header:
        headers[SETTINGS] = settings_header
    assert twilio.send(urlencode(sms()), INBOUND, headers).status_code == status


def test_the_library_s_own_vectors_are_accepted(settings, corpora):
    data = json.loads((corpora / "twilio_signatures.json").read_text())
    settings.TWILIO_AUTH_TOKENS = (data["auth_token"],)
    form = data["vectors"][0]["params"]
    for vector in data["vectors"]:
        params = vector.get("params", vector.get("body"))
        if params == "same":
            params = form
        if "params_qs" in vector:
            params = MultiValueDict()
            for pair in vector["params_qs"].split("&"):
                params.appendlist(*pair.split("="))
        assert is_signed(vector["url"], params, Signature(vector["signature"])), vector["name"]


def test_a_json_body_counts_when_its_hash_is_in_the_signed_address(twilio):
    body = json.dumps(sms())
    path = f"{INBOUND}?bodySHA256={RequestValidator(TOKEN).compute_hash(body)}"
    kind = {"Content-Type": "application/json"}
    assert twilio.post(body, path, **kind).status_code == 200
    assert twilio.post(body + " ", path, **kind).status_code == 403
    assert twilio.post(body, INBOUND, **kind).status_code == 403


def test_while_the_token_rotates_both_are_accepted(twilio, settings):
    settings.TWILIO_AUTH_TOKENS = ("new", TOKEN)
    assert twilio.post(sms()).status_code == 200


def test_parameters_unknown_blank_and_doubled_are_part_of_the_signature(twilio):
    params = MultiValueDict({name: [value] for name, value in sms().items()})
    params.setlist("New", ["b", "a"])
    params.setlist("Blank", [""])
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + INBOUND, params)
    body = urlencode([(name, each) for name, values in params.lists() for each in values])
    headers = {"X-Twilio-Signature": signature}
    assert twilio.send(body.replace("New=a", "New=c"), INBOUND, dict(headers)).status_code == 403
    assert twilio.send(body, INBOUND, headers).status_code == 200


@pytest.mark.parametrize("account", ["AC" + "9" * 32, ""])
def test_f13_a_foreign_account_is_refused(twilio, account):
    answer = twilio.post(sms(AccountSid=account))
    assert answer.status_code == 403
    assert not InboundEvent.objects.exists()


def test_without_an_account_the_route_is_not_there(twilio, settings):
    settings.TWILIO_ACCOUNT_SID = ""
    assert twilio.post(sms()).status_code == 404


def test_only_post_is_taken(twilio):
    answer = twilio.client.get(INBOUND)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.django_db(transaction=True)
def test_f19_a_request_replayed_the_next_day_gets_the_first_answer_and_stays_one(twilio):
    first = twilio.post(sms())
    again = twilio.post(sms())
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert InboundEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_f24_the_fallback_call_after_a_timeout_is_a_repeat(twilio):
    twilio.post(sms())
    fallback = sms(ErrorCode="11200", ErrorUrl=PUBLIC + INBOUND)
    assert twilio.post(fallback).status_code == 200
    assert InboundEvent.objects.count() == 1


def test_each_status_of_a_message_is_an_event_of_its_own(twilio):
    for word in ("queued", "sent", "delivered"):
        assert twilio.post(sms(MessageStatus=word), STATUS).status_code == 200
    assert InboundEvent.objects.filter(kind=Kind.TWILIO_STATUS).count() == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"a=" + b"x" * 1024 * 1024, 413, id="over 1 MB"),
        pytest.param(b"&".join(b"f%d=1" % n for n in range(2_001)), 400, id="too many fields"),
        pytest.param(b"\xff\xfe=\x00&%00=%ff%fe", 403, id="no text"),
        pytest.param(b"&&&==", 403, id="no form"),
    ],
)
def test_a_body_that_is_no_message_is_answered_and_not_stored(twilio, body, status):
    answer = twilio.send(body, INBOUND, {"X-Twilio-Signature": "bm9wZQ=="})
    assert answer.status_code == status
    assert answer.content.strip()
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"{", b"[" * 100_000, b'"\\ud800"'])
def test_broken_json_is_answered_400(twilio, body):
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": "bm9wZQ=="}
    assert twilio.send(body, INBOUND, headers).status_code == 400


@pytest.mark.parametrize("charset", ["latin-1", "hex", "bz2", "no-such-charset", "utf-16"])
def test_f44_whatever_charset_is_declared_twilio_writes_utf_8(twilio, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert twilio.post(sms(Body="Grüße 🚲"), **{"Content-Type": kind}).status_code == 200
