"""Reports of mail servers as they are written by those that are met most."""

from __future__ import annotations

POSTFIX = """\
Return-Path: <>
Received: by mx.relay.example (Postfix) id 4cKxQ21Zq8z; Sun, 22 Nov 2026 20:11:02 +0000 (UTC)
Date: Sun, 22 Nov 2026 20:11:02 +0000 (UTC)
From: MAILER-DAEMON@mx.relay.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: messages@mail.gateway.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4cKxQ21Zq7z.1795378262/mx.relay.example"
Content-Transfer-Encoding: 8bit
Message-Id: <20261122201102.4cKxQ21Zq8z@mx.relay.example>

This is a MIME-encapsulated message.

--4cKxQ21Zq7z.1795378262/mx.relay.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.

--4cKxQ21Zq7z.1795378262/mx.relay.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.relay.example
X-Postfix-Queue-ID: 4cKxQ21Zq7z
X-Postfix-Sender: rfc822; messages@mail.gateway.test
Arrival-Date: Sun, 22 Nov 2026 20:11:01 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.home.example
Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: Recipient address rejected:
    User unknown in virtual mailbox table

--4cKxQ21Zq7z.1795378262/mx.relay.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: 8bit

From: "Ann via Ann's Bikes" <messages@mail.gateway.test>
To: {recipient}
Subject: Re: A question
Message-ID: {message_id}
References: <older@mail.gateway.test> {reference}

--4cKxQ21Zq7z.1795378262/mx.relay.example--
"""

EXCHANGE = """\
From: <postmaster@home.onmicrosoft.example>
To: <messages@mail.gateway.test>
Date: Sun, 22 Nov 2026 20:11:04 +0000
Content-Type: multipart/report; report-type=delivery-status;
 boundary="dce9a2f5-8a35-4f6f-9e35-a9a7e5a4e0d1"
Content-Language: en-GB
Message-ID: <5a3c2f9e-0c2a-4c5d@AM0PR01MB1234.prod.exchange.example>
In-Reply-To: {message_id}
References: {message_id}
Subject: Undeliverable: Re: A question
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0

--dce9a2f5-8a35-4f6f-9e35-a9a7e5a4e0d1
Content-Type: multipart/alternative; differences=Content-Type;
 boundary="7f6b7f0d-9d7e-4b35-8a2f-3f3f3b0f2c11"

--7f6b7f0d-9d7e-4b35-8a2f-3f3f3b0f2c11
Content-Type: text/plain; charset="us-ascii"

Your message to {recipient} couldn't be delivered.

--7f6b7f0d-9d7e-4b35-8a2f-3f3f3b0f2c11
Content-Type: text/html; charset="us-ascii"

<p>Your message to {recipient} couldn't be delivered.</p>

--7f6b7f0d-9d7e-4b35-8a2f-3f3f3b0f2c11--

--dce9a2f5-8a35-4f6f-9e35-a9a7e5a4e0d1
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB1234.prod.exchange.example
Received-From-MTA: dns;mx.relay.example
Arrival-Date: Sun, 22 Nov 2026 20:11:03 +0000

Original-Recipient: rfc822;{recipient}
Final-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {recipient} not found
X-Display-Name: Maya


--dce9a2f5-8a35-4f6f-9e35-a9a7e5a4e0d1
Content-Type: message/rfc822

Received: from mx.relay.example (192.0.2.7) by AM0PR01MB1234.prod.exchange.example
From: "Ann via Ann's Bikes" <messages@mail.gateway.test>
To: {recipient}
Subject: Re: A question
Message-ID: {message_id}
References: {reference}
MIME-Version: 1.0
Content-Type: text/plain

Yes, it is.

--dce9a2f5-8a35-4f6f-9e35-a9a7e5a4e0d1--
"""

GMAIL = """\
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: messages@mail.gateway.test
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: {message_id}
In-Reply-To: {message_id}
X-Failed-Recipients: {recipient}
Message-ID: <6921f1a4.050a0220.1a.GMR@mx.googlemail.example>
Date: Sun, 22 Nov 2026 12:11:05 -0800 (PST)
Content-Type: multipart/report; boundary="000000000000aa11"; report-type=delivery-status

--000000000000aa11
Content-Type: multipart/related; boundary="000000000000aa22"

--000000000000aa22
Content-Type: multipart/alternative; boundary="000000000000aa33"

--000000000000aa33
Content-Type: text/plain; charset="UTF-8"

** Address not found **
Your message wasn't delivered to {recipient}.

--000000000000aa33--
--000000000000aa22--
--000000000000aa11
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
Arrival-Date: Sun, 22 Nov 2026 12:11:04 -0800 (PST)
X-Original-Message-ID: {message_id}

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
Last-Attempt-Date: Sun, 22 Nov 2026 12:11:05 -0800 (PST)

--000000000000aa11
Content-Type: message/rfc822

From: "Ann via Ann's Bikes" <messages@mail.gateway.test>
To: {recipient}
Subject: Re: A question
References: {reference}
Message-ID: {message_id}

----- Message truncated -----

--000000000000aa11--
"""

ALL = {"postfix": POSTFIX, "exchange": EXCHANGE, "gmail": GMAIL}


def report(
    template: str,
    message_id: str,
    recipient: str = "maya@home.example",
    action: str = "failed",
    status: str = "5.1.1",
    reference: str = "<newest@mail.gateway.test>",
) -> bytes:
    """One report, with the line ends of mail."""
    filled = template.format(
        message_id=message_id,
        recipient=recipient,
        action=action,
        status=status,
        reference=reference,
    )
    return filled.replace("\n", "\r\n").encode()
