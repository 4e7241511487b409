"""What DNS says of our domains, asked of a real name server."""

from __future__ import annotations

import pytest

from gateway.checks import records
from gateway.checks.domains import mail_domain_found, reply_domain_found
from gateway.checks.outcomes import OUTCOMES
from tests.name_server import name_server

REPLY, MAIL = "reply.shop.example", "mail.shop.example"
SPF, DMARC = '"v=spf1 include:" "spf.mtasv.net -all"', '"v=DMARC1; p=none"'


@pytest.fixture
def names():
    with name_server() as server:
        yield server


@pytest.fixture(autouse=True)
def our_domains(settings):
    settings.REPLY_DOMAIN, settings.MAIL_DOMAIN = REPLY, MAIL
    settings.ANYMAIL = {}


def reply_outcome():
    found = reply_domain_found()
    assert found.outcome in OUTCOMES
    return found


def mail_outcome():
    found = mail_domain_found()
    assert found.outcome in OUTCOMES
    return found.outcome


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("postmark", "inbound.postmarkapp.com."),
        ("sendgrid", "MX.sendgrid.net."),
        ("mailgun", "mxa.eu.mailgun.org."),
        ("mandrill", "1234567.in1.mandrillapp.com."),
        ("amazon_ses", "inbound-smtp.eu-west-1.amazonaws.com."),
        ("resend", "inbound-smtp.us-east-1.amazonaws.com."),
        ("sparkpost", "rx2.eu.sparkpostmail.com."),
    ],
)
def test_an_mx_record_leads_to_the_provider_or_elsewhere(names, settings, provider, host):
    settings.EMAIL_BACKEND = f"anymail.backends.{provider}.EmailBackend"
    names.zone[REPLY, "MX"] = [f"10 {host}"]
    assert reply_outcome().outcome == "mx_right"
    names.zone[REPLY, "MX"] = ["10 mx.other.example."]
    found = reply_outcome()
    assert found.outcome == "mx_elsewhere"
    assert "mx.other.example (≠ " in found.detail


def test_mail_may_come_in_by_another_provider_than_it_goes_out(names, settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    names.zone[REPLY, "MX"] = ["10 mxa.mailgun.org.", "10 mxb.mailgun.org."]
    assert reply_outcome().outcome == "mx_right"


def test_one_server_of_another_takes_mail_away(names, settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    names.zone[REPLY, "MX"] = ["10 inbound.postmarkapp.com.", "20 backup.other.example."]
    assert reply_outcome().outcome == "mx_elsewhere"


def test_with_a_mail_server_of_ones_own_any_mx_record_is_one(names):
    names.zone[REPLY, "MX"] = ["20 b.shop.example.", "10 a.shop.example."]
    found = reply_outcome()
    assert (found.outcome, found.detail) == (
        "mx_somewhere",
        f"{REPLY} → a.shop.example, b.shop.example",
    )


@pytest.mark.parametrize("zone", [{}, {(REPLY, "A"): ["192.0.2.1"]}, {(REPLY, "MX"): ["0 ."]}])
def test_no_mx_record_is_said(names, zone):
    names.zone = zone
    assert reply_outcome().outcome == "no_mx"


def test_trouble_and_silence_are_no_verdict(names, monkeypatch):
    names.failing = {REPLY, MAIL}
    assert reply_outcome().outcome == mail_outcome() == "dns_silent"
    monkeypatch.setattr(records, "PATIENCE", 0.2)
    names.failing, names.silent = set(), True
    assert reply_outcome().outcome == "dns_silent"


def test_domains_of_this_machine_and_of_the_simulator_are_asked_about_nowhere(names, settings):
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    assert reply_outcome().outcome == mail_outcome() == "no_dns"
    settings.SIMULATOR_URL = ""
    settings.REPLY_DOMAIN, settings.MAIL_DOMAIN = "reply.localhost", "mail.localhost"
    assert reply_outcome().outcome == mail_outcome() == "no_dns"
    assert names.asked == []


@pytest.mark.parametrize(
    ("zone", "outcome"),
    [
        ({}, "no_spf"),
        ({(MAIL, "TXT"): ['"v=spf10 -all"']}, "no_spf"),
        ({(MAIL, "TXT"): [SPF, '"v=spf1 -all"']}, "several_spf"),
        ({(MAIL, "TXT"): [SPF]}, "no_dmarc"),
        ({(MAIL, "TXT"): [SPF], ("_dmarc.example", "TXT"): [DMARC]}, "no_dmarc"),
        ({(MAIL, "TXT"): [SPF], (f"_dmarc.{MAIL}", "TXT"): [DMARC]}, "sender_without_dkim"),
        ({(MAIL, "TXT"): [SPF], ("_dmarc.shop.example", "TXT"): [DMARC]}, "sender_without_dkim"),
    ],
)
def test_our_mail_needs_spf_and_dmarc(names, zone, outcome):
    names.zone = zone
    assert mail_outcome() == outcome


def test_a_dkim_key_is_looked_up_where_its_name_is_known(names, settings):
    settings.EMAIL_BACKEND = "anymail.backends.resend.EmailBackend"
    names.zone = {(MAIL, "TXT"): [SPF], (f"_dmarc.{MAIL}", "TXT"): [DMARC]}
    assert mail_outcome() == "no_dkim"
    names.zone[f"resend._domainkey.{MAIL}", "TXT"] = ['"p=MIGf"']
    assert mail_outcome() == "sender_right"
