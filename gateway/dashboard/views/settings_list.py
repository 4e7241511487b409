"""The first page of the settings: what there is to decide."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.settings_pages import INDEX, settings_page


@require_safe
@member_page
def settings_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list of all pages on which something is decided."""
    return settings_page(request, viewer, INDEX.name, {})
