"""An owner's first steps: his business, a way to be reached, and a try."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from channels_out.conf import public_url, reply_domain
from gateway.checks.rows import names_for, rows_for
from gateway.conf import simulator_url
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.shell import shell_at
from gateway.dashboard.starting import IdentityForm
from gateway.start import nobody_wrote_to, numbers_of


@require_safe
@member_page
def start(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Leads to the first steps of the first business that nobody has written to, else of the first one."""
    owned = [member.business_id for member in viewer.owned]
    if not owned:
        raise Http404("You own no business.")
    fresh = next((business for business in owned if nobody_wrote_to([business])), owned[0])
    return redirect("gateway:start_at", fresh)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def start_at(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The three steps for one business."""
    member = viewer.owning(business)
    form = IdentityForm(member.business, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("gateway:start_at", business)
    context = {
        "shell": shell_at(request, viewer, "start"),
        "member": member,
        "form": form,
        "zone": timezone.get_default_timezone_name(),
        "domain": reply_domain(),
        "simulator": "/simulator/" if simulator_url() else "",
        "numbers": numbers_of(member.business)[:20],
        "twilio_hook": f"{public_url()}/webhooks/twilio/inbound/",
        "mail_hook": f"{public_url()}/webhooks/email/mime/",
        "mx_question": f"dig +short MX {reply_domain()}",
        "checks": rows_for(viewer.user, names_for(viewer.user, viewer.owned)),
    }
    return render(request, "gateway/start.html", context)
