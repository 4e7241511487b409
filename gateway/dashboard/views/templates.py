"""An owner writes down which WhatsApp templates his business may use, and what fills their places."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.settings_pages import settings_page
from gateway.dashboard.templates import TemplateForm
from gateway.models import WhatsAppTemplate
from gateway.outbound.templates import sample_of


@require_safe
@member_page
def templates(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The templates of one business, each as a customer would read it."""
    member = viewer.owning(business)
    found = WhatsAppTemplate.objects.filter(business=business).select_related("business")
    context = {"samples": [(each, sample_of(each)) for each in found]}
    return settings_page(request, viewer, "gateway:templates", context, member)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def template(
    request: HttpRequest, viewer: Viewer, business: uuid.UUID, pk: uuid.UUID | None = None
) -> HttpResponse:
    """One template: its form, and once it is whole what a customer would read."""
    member = viewer.owning(business)
    found = WhatsAppTemplate.objects.filter(business=business).select_related("business")
    known = get_object_or_404(found, pk=pk) if pk else None
    data = request.POST if request.method == "POST" else None
    form = TemplateForm(member.business, data=data, instance=known)
    if form.is_valid():
        saved = form.save()
        messages.success(request, _("Saved. Below is what a customer would read."))
        return redirect("gateway:template", business, saved.pk)
    sample = sample_of(known) if known and data is None else ""
    context = {"form": form, "template": known, "sample": sample, "is_one": True}
    return settings_page(request, viewer, "gateway:templates", context, member)
