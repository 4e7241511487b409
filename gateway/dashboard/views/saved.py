"""Saves what the list shows under a name, and forgets it again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gateway.dashboard import saved
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.filters import InboxFilter, with_query


@require_POST
@member_page
def save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Saves folder, search and filters, as this address names them."""
    query = (
        InboxFilter(request.GET, viewer.businesses, viewer.user)
        .suffix_after(None)
        .removeprefix("?")
    )
    form = saved.SaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["name"][0]))
    elif saved.save(viewer.user, form.cleaned_data["name"], query) is None:
        words = _("%(count)d are saved already; delete one first.")
        messages.error(request, words % {"count": saved.MOST_VIEWS})
    return redirect(with_query(request, reverse("gateway:inbox")))


@require_POST
@member_page
def delete(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Forgets one; the conversations stay where they are."""
    saved.delete(viewer.user, pk)
    messages.success(request, _("Deleted. The conversations stay where they are."))
    return redirect("gateway:inbox")
