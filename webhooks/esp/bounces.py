"""A mail server's report becomes a step of the delivery that it is about.

Mail over SMTP has no status callbacks: what came back is all that is ever heard of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from channels_out.channel import Channel
from channels_out.models import Delivery
from channels_out.outbox import StatusReport, record_status
from channels_out.statuses import SOFT_BOUNCE
from webhooks.mail.parsed import Report
from webhooks.outcome import Ended
from webhooks.twilio.status import ended

PROVIDER = "smtp"
# Gone for good, but not because of the address (RFC 3463 section 3): our own address, a full mailbox,
# the system, the content, a policy. Nor are the codes of servers that only lost patience (4.x.x).
NOT_OF_THE_ADDRESS = re.compile(r"5\.(?:1\.[78]|2\.[23]|[367]\.\d+)|4\..*")


def record_reports(reports: Iterable[Report]) -> list[Ended]:
    """Hands on each report on a mail of ours to the address it was sent to; none of the others.

    Anybody can write a report, but only who saw the mail knows its Message-ID.
    """
    ours = [(report, _message_id(report)) for report in reports if _word(report)]
    return [_recorded(report, message_id) for report, message_id in ours if message_id]


def _word(report: Report) -> str:
    """In the outbox's words. The action decides, not the status: servers give up with 4.x.x, too."""
    if report.action == "delayed":
        return "deferred"
    if report.action == "failed":
        is_unsure = not report.status or NOT_OF_THE_ADDRESS.fullmatch(report.status)
        return SOFT_BOUNCE if is_unsure else "bounced"
    return ""


def _message_id(report: Report) -> str:
    """The Message-ID of our mail to this recipient, or with a copy to him, or ""."""
    named = [each for each in (report.message_id, report.reference) if each]
    # As it is indexed: https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
    mails = Delivery.objects.filter(channel=Channel.EMAIL).exclude(message_id="")
    ours = mails.filter(message_id__in=named)
    return next((each.message_id for each in ours if _went_to(each, report.recipient)), "")


def _went_to(delivery: Delivery, address: str) -> bool:
    is_for_him = delivery.to_address.casefold() == address.casefold()
    return is_for_him or delivery.is_copied_to(address)


def _recorded(report: Report, message_id: str) -> Ended:
    status = StatusReport(
        provider=PROVIDER,
        provider_status=_word(report),
        message_id=message_id,
        recipient=report.recipient,
        error_code=report.status,
        payload=vars(report),
    )
    return ended(record_status(status), status)
