"""An owner says when his business is open and what it answers by itself when it is not."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.opening import OpeningForm
from gateway.dashboard.settings_pages import settings_page
from gateway.opening import is_open


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def opening(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The hours and the away text of one business."""
    member = viewer.owning(business)
    form = OpeningForm(member.business, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. It counts from the next message on."))
        return redirect("gateway:opening", business)
    context = {
        "form": form,
        "is_open": is_open(member.business, timezone.now()),
        "zone": timezone.get_default_timezone_name(),
    }
    return settings_page(request, viewer, "gateway:opening", context, member)
