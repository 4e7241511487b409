"""What an answer by SMS would cost, said while it is written."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.compose import ReplyForm
from gateway.outbound.preview import preview
from gateway.outbound.ways import NotReachable


@require_POST
@member_page
def preview_reply(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """A line about the text in the reply box: how many SMS it is; nothing where that does not matter."""
    message = viewer.conversation(pk)
    form = ReplyForm(request.POST)
    form.is_valid()
    text = form.cleaned_data.get("reply", "")
    try:
        shown = preview(message, text, form.cleaned_data.get("channel", "")) if text else None
    except NotReachable:
        shown = None  # sending says so, with what to do
    return render(request, "gateway/parts/preview.html", {"preview": shown})
