"""An owner says when his business is open and what it answers by itself or at the press of a button."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.opening import OpeningForm
from gateway.dashboard.shell import shell_at
from gateway.models import Membership, Role
from gateway.opening import is_open


@require_safe
@member_page
def own(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Leads to the hours of the first of his businesses."""
    first = next(iter(viewer.owned), None)
    if first is None:
        raise Http404("You own no business.")
    return redirect("gateway:opening", first.business_id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def opening(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The hours, the away text and the quick answers of one business."""
    member = _owner(viewer, business)
    form = OpeningForm(member.business, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved. It counts from the next message on.")
        return redirect("gateway:opening", business)
    context = {
        "shell": shell_at(request, viewer, "opening"),
        "member": member,
        "form": form,
        "is_open": is_open(member.business, timezone.now()),
        "zone": timezone.get_default_timezone_name(),
    }
    return render(request, "gateway/opening.html", context)


def _owner(viewer: Viewer, business: uuid.UUID) -> Membership:
    member = viewer.members.get(business)
    if member is None:
        raise Http404("There is no such business.")
    if member.role != Role.OWNER:
        raise PermissionDenied(f"Only an owner of {member.business} decides this.")
    return member
