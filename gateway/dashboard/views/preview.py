"""What an answer would cost by SMS, or be in a WhatsApp template, said while it is written."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.compose import ReplyForm
from gateway.outbound.preview import preview
from gateway.outbound.ways import Draft, NotReachable


@require_POST
@member_page
def preview_reply(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """A line about the text in the reply box: how many SMS it is, or how it reads in a WhatsApp template.

    Nothing where that does not matter; the reason where it cannot be sent so.
    """
    message = viewer.conversation(pk)
    form = ReplyForm(request.POST)
    form.is_valid()
    text = form.cleaned_data.get("reply", "")
    draft = Draft(text, template=form.template_wanted)
    channel = form.cleaned_data.get("channel", "")
    context: dict[str, Any] = {}
    try:
        context["preview"] = preview(message, draft, channel) if text else None
    except NotReachable as error:
        context["problem"] = error.reason
    return render(request, "gateway/parts/preview.html", context)
