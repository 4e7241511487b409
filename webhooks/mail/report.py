"""What mail servers say of a mail that they could not deliver, or not yet (RFC 3464).

Postfix, Exim, Exchange and Gmail report in this form; how they name the mail they mean differs.
"""

from __future__ import annotations

import re
from email import policy
from email.message import Message
from email.parser import BytesParser

from webhooks.mail import parameters
from webhooks.mail.addresses import addresses_in, ids_in
from webhooks.mail.flatten import flatten
from webhooks.mail.headers import Headers
from webhooks.mail.parsed import Report
from webhooks.mail.transfer import content_of
from webhooks.mail.walk import children

MAX_REPORTS = 100  # recipients of one mail; ours have one
# The types with "global" are those of reports on internationalised mail (RFC 6533).
_STATUS = frozenset(("message/delivery-status", "message/global-delivery-status"))
_RETURNED = frozenset(
    (
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    )
)
_BLANK_LINES = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")
_STATUS_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b", re.ASCII)


def reports_in(message: Message) -> tuple[Report, ...]:
    """The reports of a mail that is one; none of a mail that only has such a report attached."""
    if _type(message) != "multipart/report":
        return ()
    parts = children(message)
    groups, returned = _status_groups(parts), _returned(parts)
    message_id = _message_id(returned, groups, Headers(message))
    reference = next(reversed(ids_in(returned.all("References"))), "")
    reports = (_report(group, message_id, reference) for group in groups[:MAX_REPORTS])
    return tuple(report for report in reports if report.recipient and report.action)


def _type(part: Message) -> str:
    return parameters.parse(Headers(part).get("Content-Type"))[0]


def _status_groups(parts: list[Message]) -> list[Headers]:
    """Groups of fields between blank lines: the first about the mail, then one for each recipient."""
    part = next((part for part in parts if _type(part) in _STATUS), None)
    groups = _BLANK_LINES.split(_content(part).strip()) if part is not None else []
    return [_fields(group) for group in groups]


def _returned(parts: list[Message]) -> Headers:
    """The header of the mail that came back, whole or alone."""
    part = next((part for part in parts if _type(part) in _RETURNED), None)
    return _fields(_content(part).lstrip()) if part is not None else Headers(Message())


def _content(part: Message) -> bytes:
    """The bytes of the part, also where the email package took it for attached mails."""
    attached = children(part)
    return b"\n".join(flatten(child) for child in attached) if attached else content_of(part)


def _fields(lines: bytes) -> Headers:
    return Headers(BytesParser(policy=policy.compat32).parsebytes(lines, headersonly=True))


def _message_id(returned: Headers, groups: list[Headers], report: Headers) -> str:
    """Of the returned mail; Gmail names it beside the status, too, and in the report's own header."""
    beside = [value for group in groups[:1] for value in group.all("X-Original-Message-ID")]
    named = (*returned.all("Message-ID"), *beside, *report.all("In-Reply-To"))
    return next(iter(ids_in(named)), "")


def _report(group: Headers, message_id: str, reference: str) -> Report:
    """One recipient's; the address that was written to counts, not the one it was forwarded to."""
    named = (*group.all("Original-Recipient"), *group.all("Final-Recipient"))
    addresses = [address for value in named for address in addresses_in(value.partition(";")[2])]
    status = _STATUS_CODE.search(group.get("Status"))
    return Report(
        recipient=next(iter(addresses), ""),
        action=group.get("Action").partition(" ")[0].lower()[:20],
        status=status[0] if status else "",
        message_id=message_id,
        reference=reference,
    )
