"""The conversations of a folder as a file for a spreadsheet (RFC 4180)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.filters import InboxFilter
from gateway.dashboard.local_time import local_time
from gateway.inbox import Inbox
from gateway.links import dashboard_url
from gateway.models import CustomerMessage
from gateway.participants import contact_name
from gateway.words import channel_name

MOST_ROWS = 10_000
PAGE = 500
COLUMNS = (
    "Began", "Last message", "Business", "Customer", "Email", "Phone", "Channel", "Listing", "Subject",
    "Status", "Later messages", "First message", "Address",
)  # fmt: skip
CUT = f"Only the newest {MOST_ROWS} are here; narrow the list by dates for the others."
# By these a spreadsheet takes a cell for a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What the csv module writes to: it gives each line back instead."""

    def write(self, line: str) -> str:
        return line


@require_safe
@member_page
def export(request: HttpRequest, viewer: Viewer) -> StreamingHttpResponse:
    """The list that the address bar asks for, as far as its businesses are the viewer's own, in bounded memory."""
    owned = [member.business_id for member in viewer.owned]
    listed = Inbox(owned, InboxFilter(request.GET, owned).wanted)
    day = timezone.localdate().isoformat()
    return StreamingHttpResponse(
        _lines(request, listed),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="conversations-{day}.csv"'},
    )


def _lines(request: HttpRequest, listed: Inbox) -> Iterator[str]:
    line = csv.writer(_Line()).writerow
    yield "\ufeff" + line(COLUMNS)  # without the mark Excel takes UTF-8 for something else
    cursor, written = None, 0
    while written < MOST_ROWS:
        # Entered anew each time: between two lines another request's zone may be set.
        with local_time(request):
            page = listed.page(cursor, min(PAGE, MOST_ROWS - written))
            rows = [line(map(_cell, _row(each))) for each in page.conversations]
        yield from rows
        written, cursor = written + len(rows), page.next
        if cursor is None:
            return
    yield line([CUT])


def _row(message: CustomerMessage) -> tuple[Any, ...]:
    return (
        _time(message.created_at),
        _time(message.last_activity_at),
        message.business.name,
        contact_name(message.contact, message),
        message.sender_email,
        message.sender_phone,
        channel_name(message.channel),
        message.listing_snapshot.get("title", ""),
        message.subject,
        message.get_status_display(),
        message.reply_count,
        message.message,
        dashboard_url(message),
    )


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _time(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
