"""Delivery reports in the forms of before RFC 3464, which qmail, Exim and older servers still write."""

from __future__ import annotations

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from webhooks.mail.parsed import Report
from webhooks.mail.transfer import content_of
from webhooks.mail.walk import leaves

MAX_LENGTH = (
    512 * 1024
)  # bytes of all parts; a longer mail is no such report, or brings back a long one
MAX_LINES = 8_000  # each costs twenty searches
MAX_REPORTS = 100
# Of the mail that came back, as its header stands in the report's text, quoted or not.
_RETURNED_ID = re.compile(rb"^[>|\s]{0,8}Message-ID:\s{0,8}(<[^<>\s]{1,990}>)", re.I | re.M)

# Its errors quote the mail.
logging.getLogger("flufl.bounce").disabled = True


def old_reports_in(message: Message) -> tuple[Report, ...]:
    """Who was not reached, or not yet, by the wording of some twenty mail servers; without a status code."""
    contents = [content_of(leaf) for leaf in leaves(message)]
    lines = sum(content.count(b"\n") for content in contents)
    if sum(len(content) for content in contents) > MAX_LENGTH or lines > MAX_LINES:
        return ()
    try:
        delayed, failed = all_failures(message)
    except Exception:  # noqa: BLE001  # it raises whatever its detectors stumble on
        return ()
    found = _RETURNED_ID.search(b"\n".join(contents))
    message_id = found[1].decode("ascii", "replace") if found else ""
    return tuple(
        Report(_text(address), action, "", message_id)
        for action, addresses in (("failed", failed), ("delayed", delayed))
        for address in sorted(addresses, key=_text)[:MAX_REPORTS]
    )


def _text(address: bytes | str) -> str:
    return address if isinstance(address, str) else address.decode("ascii", "replace")
