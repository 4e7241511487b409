"""An owner sees by which numbers his business is reached, and limits what it sends."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels_out.models import Sender
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.numbers import LimitsForm
from gateway.dashboard.settings_pages import settings_page
from gateway.outbound.limits import most_texts, texts_today


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def numbers(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The numbers of one business and those it shares, and its limits."""
    member = viewer.owning(business)
    form = LimitsForm(member.business, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. It counts from the next text on."))
        return redirect("gateway:numbers", business)
    own = Q(dedication__business=business)
    shared = Q(is_shared=True, dedication=None, is_active=True)
    senders = list(Sender.objects.filter(own | shared))
    context = {
        "form": form,
        "own": [each for each in senders if not each.is_shared],
        "shared": [each for each in senders if each.is_shared],
        "texts_today": texts_today(member.business),
        "most_texts": most_texts(member.business),
    }
    return settings_page(request, viewer, "gateway:numbers", context, member)
