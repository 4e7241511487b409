"""An owner says what his business is called, and sees where customers write to."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.names import BusinessNameForm
from gateway.dashboard.settings_pages import settings_page
from gateway.models import Business


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def business(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The name and the public address of one business."""
    member = viewer.owning(business)
    named = Business.objects.get(pk=business)
    form = BusinessNameForm(request.POST if request.method == "POST" else None, instance=named)
    if form.is_valid():
        Business.objects.filter(pk=business).update(name=form.cleaned_data["name"])
        messages.success(request, _("Saved. Customers read this name from the next message on."))
        return redirect("gateway:business", business)
    return settings_page(request, viewer, "gateway:business", {"form": form}, member)
