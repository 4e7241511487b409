"""Whose word counts on whether a mail comes from the domain in its From."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.models import CustomerMessage
from webhooks.esp.authentication import dmarc_in
from webhooks.processing import process_due

TO = "bikes@reply.gateway.test"
DISOWNED = "The domain of carla@example.com says that it did not send this mail."


@pytest.fixture
def ours(settings):
    """The name of the server that takes mail in for us."""
    settings.AUTHSERV_ID = ["mx.gateway.test"]


def raw(*headers: str) -> str:
    said = "".join(f"Authentication-Results: {header}\r\n" for header in headers)
    return f"{said}From: Carla <carla@example.com>\r\nTo: {TO}\r\nSubject: Hi\r\n\r\nHello\r\n"


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        (["mx.gateway.test; dmarc=fail (p=reject) header.from=example.com"], "fail"),
        (["mx.gateway.test 1; spf=pass; DMARC/1 = Pass"], "pass"),
        (["MX.Gateway.Test; spf=fail; dkim=fail"], ""),
        (["mx.gateway.test; none"], ""),
        (["mx.gateway.test; dmarc=none"], ""),
        (["mx.gateway.test; dmarc=failure"], ""),
        (["relay.example; arc=pass", "mx.gateway.test; dmarc=fail"], "fail"),
        (["mx.gateway.test; spf=pass", "mx.gateway.test; dmarc=pass"], "pass"),
        (["mx.gateway.test; dmarc=fail", "mx.gateway.test; dmarc=pass"], "fail"),
        (["mx.gateway.test; dmarc=pass", "mx.gateway.test; dmarc=fail"], "fail"),
        (["mx.gateway.test.evil.example; dmarc=pass"], ""),
        ([""], ""),
        ([";;;"], ""),
    ],
)
def test_the_header_of_our_own_server_counts(ours, headers, verdict):
    assert dmarc_in(headers) == verdict


@pytest.mark.parametrize(
    "written",
    [
        'spf=pass smtp.mailfrom="; dmarc=pass; "@evil.example',
        "spf=pass (; dmarc=pass; (nested) ; dmarc=pass)",
        r'spf=pass smtp.mailfrom="a\"; dmarc=pass; b"@evil.example',
        "spf=pass smtp.mailfrom=dmarc=pass@evil.example",
        "dkim=pass header.d=example.com; x=dmarc=pass",
    ],
)
def test_what_a_sender_smuggles_into_our_servers_header_is_not_read(ours, written):
    assert dmarc_in([f"mx.gateway.test; {written}"]) == ""
    assert dmarc_in([f"mx.gateway.test; {written}; dmarc=fail"]) == "fail"


@given(st.text(alphabet='()\\";= dmarcpas', max_size=60))
def test_nothing_that_a_sender_writes_hides_a_fail_below_it(smuggled):
    from django.test import override_settings

    with override_settings(AUTHSERV_ID=["mx.gateway.test"]):
        header = f"mx.gateway.test; spf=pass smtp.mailfrom={smuggled}"
        assert dmarc_in([header, "mx.gateway.test; dmarc=fail"]) == "fail"
        assert dmarc_in([f"{header}; dmarc=fail"]) == "fail"


@given(st.lists(st.text(max_size=200), max_size=4))
def test_no_header_raises(headers):
    assert dmarc_in(headers) in {"", "pass", "fail"}


@pytest.mark.parametrize("unit", ["(", '"', '("', "(;", "\\", ")"])
def test_a_header_of_nothing_but_openings_is_read_at_once(ours, unit):
    assert dmarc_in(["mx.gateway.test; " + unit * 5_000]) == ""


def test_without_a_name_the_topmost_fail_is_heeded_and_no_pass_believed():
    assert dmarc_in(["mx.example; dmarc=fail", "mx.example; dmarc=pass"]) == "fail"
    assert dmarc_in(["mx.example; dmarc=pass"]) == ""
    assert dmarc_in(["mx.example; spf=pass", "mx.example; dmarc=fail"]) == ""
    assert dmarc_in([]) == ""


@pytest.mark.django_db
@pytest.mark.usefixtures("bikes", "ours")
@pytest.mark.parametrize(
    ("headers", "note"),
    [
        (["mx.gateway.test; dmarc=fail"], DISOWNED),
        (["mx.evil.example; dmarc=pass", "mx.gateway.test; spf=pass; dmarc=fail"], DISOWNED),
        (["mx.customers.example; dmarc=fail"], ""),
        (["mx.gateway.test; spf=fail"], ""),
    ],
)
@pytest.mark.parametrize("route", ["mime/", "postmark/inbound/", "postmark parsed"])
def test_a_header_that_the_sender_wrote_counts_on_no_route(mail_provider, route, headers, note):
    if route == "mime/":
        mail_provider.mail(raw(*headers).encode())
    elif route == "postmark/inbound/":
        body = {"RawEmail": raw(*headers), "OriginalRecipient": TO, "MessageID": "1"}
        mail_provider.post(route, json.dumps(body))
    else:
        named = [{"Name": "Authentication-Results", "Value": each} for each in headers]
        body = {
            "FromFull": {"Email": "carla@example.com", "Name": "Carla"},
            "ToFull": [{"Email": TO, "Name": ""}],
            "OriginalRecipient": TO,
            "TextBody": "Hello",
            "MessageID": "1",
            "Headers": named,
        }
        mail_provider.post("postmark/inbound/", json.dumps(body))
    process_due()
    assert CustomerMessage.objects.get().filed_note == note


@pytest.mark.django_db
@pytest.mark.usefixtures("bikes")
@pytest.mark.parametrize(
    ("status", "header"), list(product(["PASS", "FAIL", "GRAY"], ["pass", "fail"]))
)
def test_amazons_own_verdict_is_the_only_one_there(mail_provider, settings, status, header):
    settings.SNS_VERIFY = False
    mail = {
        "notificationType": "Received",
        "mail": {"source": "carla@example.com"},
        "receipt": {
            "recipients": [TO],
            "action": {"type": "SNS", "encoding": "UTF-8"},
            "dmarcVerdict": {"status": status},
        },
        "content": raw(f"amazonses.com; dmarc={header}"),
    }
    sns = {"Type": "Notification", "MessageId": "1", "Message": json.dumps(mail)}
    types = {"X-Amz-Sns-Message-Type": "Notification", "X-Amz-Sns-Message-Id": "1"}
    assert mail_provider.post("amazon_ses/inbound/", json.dumps(sns), **types).status_code == 200
    process_due()
    note = DISOWNED if status == "FAIL" else ""
    assert CustomerMessage.objects.get().filed_note == note
