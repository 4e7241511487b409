"""A business's numbers at a glance."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gateway.dashboard import charts
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.shell import shell_at
from gateway.glance.figures import SPANS, Glance, Stand, glance
from gateway.outbound.progress import said

USUAL = 30  # days


@require_safe
@member_page
def own(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Leads to the numbers of the first of the viewer's businesses."""
    if not viewer.businesses:
        raise Http404("You belong to no business.")
    address = reverse("gateway:glance", args=[viewer.businesses[0]])
    query = request.GET.urlencode()
    return redirect(f"{address}?{query}" if query else address)


@require_safe
@member_page
def glance_at(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The last 7, 30 or 90 days of one business."""
    member = viewer.members.get(business)
    if member is None:
        raise Http404("There is no such business.")
    asked = request.GET.get("days", "")
    days = next((span for span in SPANS if str(span) == asked), USUAL)
    numbers = glance(member.business, days, timezone.now())
    context = {
        "shell": shell_at(request, viewer, "glance"),
        "member": member,
        "glance": numbers,
        "days": days,
        "spans": SPANS,
        "stands": Stand,
        **_drawn(numbers),
    }
    return render(request, "gateway/glance.html", context)


def _drawn(numbers: Glance) -> dict[str, object]:
    slowest = max((week.ninety for week in numbers.weeks), default=0)
    most_failed = numbers.failures[0][1] if numbers.failures else 0
    return {
        "messages_chart": charts.messages_chart(numbers),
        "message_rows": [
            (
                day.day,
                [(day.received[channel], day.sent[channel]) for channel in numbers.channels],
            )
            for day in reversed(numbers.days)
        ],
        "week_rows": [
            {
                "week": week,
                "median": charts.duration(week.median),
                "ninety": charts.duration(week.ninety),
                "median_width": charts.bar_width(week.median, slowest),
                "ninety_width": charts.bar_width(week.ninety, slowest),
            }
            for week in reversed(numbers.weeks)
        ],
        "delivery_rows": [
            (channel, charts.share_boxes(stands), [stands.get(stand, 0) for stand in Stand])
            for channel, stands in numbers.deliveries.items()
        ],
        "failure_rows": [
            (said(reason), count, charts.bar_width(count, most_failed))
            for reason, count in numbers.failures
        ],
    }
