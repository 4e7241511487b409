"""The mark of the dashboard in a browser's tab, with the count of what is unread."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gateway.templatetags.gateway_dashboard import MOST_IN_ICON


@require_safe
@login_not_required
@cache_control(public=True, max_age=86_400, immutable=True)
def tab_icon(request: HttpRequest, unread: int) -> HttpResponse:
    """A picture of a count; of one that has no room as "9+"."""
    count = f"{MOST_IN_ICON}+" if unread > MOST_IN_ICON else str(unread)
    return render(request, "gateway/tab_icon.svg", {"count": count}, content_type="image/svg+xml")
