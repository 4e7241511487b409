"""What works and what does not: tests that a worker makes when a person asks for them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gateway.checks.rows import names_for, rows_for
from gateway.checks.runs import ask
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.shell import shell_at
from gateway.models import CheckName


@require_safe
@member_page
def check_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every check with its last result."""
    names = names_for(viewer.user, viewer.owned)
    if not names:
        raise Http404("Only an owner or staff makes checks.")
    context = {"shell": shell_at(request, viewer, "checks"), "checks": rows_for(viewer.user, names)}
    return render(request, "gateway/checks.html", context)


@require_POST
@member_page
def make_check(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Asks a worker for a check, and shows the page on which its result will appear."""
    if name not in names_for(viewer.user, viewer.owned):
        raise Http404("There is no such check.")
    if not ask(viewer.user, CheckName(name)):
        messages.info(request, _("This was asked for a moment ago. Wait a minute."))
    # Back to where the button stands: among a business's first steps, or on the page of all checks.
    asked_at = request.POST.get("business", "")
    business = next((each for each in viewer.businesses if str(each) == asked_at), None)
    return redirect("gateway:start_at", business) if business else redirect("gateway:checks")
