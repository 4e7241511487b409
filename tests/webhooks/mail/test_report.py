"""Reports of mail servers are read through the real child process, whoever wrote them."""

from __future__ import annotations

import pytest

from tests.webhooks.mail.mails import mail, parts
from tests.webhooks.reports import ALL, POSTFIX, report
from webhooks.mail import read_mail
from webhooks.mail.parse import parse
from webhooks.mail.parsed import Report

STATUS = """Content-Type: {kind}

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; moved@elsewhere.example
Original-Recipient: rfc822; Maya@Home.example
Action: Failed (gave up)
Status: 5.1.1 (no such user)

Final-Recipient: rfc822;<ben@home.example>
Action: delayed
Status: 4.4.1
"""


@pytest.mark.parametrize("server", ALL)
def test_a_report_tells_whom_it_concerns_and_of_which_mail(server: str) -> None:
    found = read_mail(report(ALL[server], "<1@mail.gateway.test>"))
    assert found.reports == (
        Report(
            recipient="maya@home.example",
            action="failed",
            status="5.1.1",
            message_id="<1@mail.gateway.test>",
            reference="<newest@mail.gateway.test>",
        ),
    )
    assert found.automatic


@pytest.mark.parametrize("kind", ["message/delivery-status", "message/global-delivery-status"])
def test_each_recipient_is_reported_under_the_address_that_was_written_to(kind: str) -> None:
    raw = parts(STATUS.format(kind=kind), kind="report", In_Reply_To="<1@mail.gateway.test>")
    assert read_mail(raw).reports == (
        Report("Maya@home.example", "failed", "5.1.1", "<1@mail.gateway.test>"),
        Report("ben@home.example", "delayed", "4.4.1", "<1@mail.gateway.test>"),
    )


def test_a_report_that_somebody_attached_is_no_report() -> None:
    forwarded = report(POSTFIX, "<1@mail.gateway.test>").decode().replace("\r\n", "\n")
    assert read_mail(parts(f"Content-Type: message/rfc822\n\n{forwarded}")).reports == ()


@pytest.mark.parametrize(
    "raw",
    [
        mail("no parts", Content_Type="multipart/report; boundary=part"),
        mail("no boundary", Content_Type="multipart/report"),
        parts("Content-Type: message/delivery-status\n\n", kind="report"),
        parts("Content-Type: message/delivery-status\n\nno field\n\n: \n\n\n", kind="report"),
        parts("Content-Type: message/delivery-status\n\nAction: failed\n", kind="report"),
        parts("Content-Type: message/rfc822\n\n", kind="report"),
    ],
)
def test_a_report_that_says_nothing_is_an_ordinary_automatic_mail(raw: bytes) -> None:
    found = read_mail(raw)
    assert (found.reports, found.unreadable) == ((), "")
    assert found.automatic


QMAIL = """Hi. This is the qmail-send program at mail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<maya@customer.example>:
192.0.2.1 does not like recipient.

--- Below this line is a copy of the message.

Return-Path: <messages@mail.gateway.test>
Message-ID: <ours@mail.gateway.test>

Hello
"""


def test_a_report_of_before_the_standard_names_the_address_and_our_mail() -> None:
    (found,) = parse(mail(QMAIL, From="MAILER-DAEMON@mail.example")).reports
    assert (found.recipient, found.action) == ("maya@customer.example", "failed")
    assert found.message_id == "<ours@mail.gateway.test>"
    assert parse(mail(QMAIL)).reports == ()
