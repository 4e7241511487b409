"""What an answer would cost by SMS, or be in a WhatsApp template, said while it is written."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.compose import ReplyForm
from gateway.dashboard.fields import MANY_FILES
from gateway.models import Attachment
from gateway.outbound.preview import file_meant, preview
from gateway.outbound.ways import Draft, NotReachable

_BYTES = re.compile(r"[0-9]{1,12}")


@require_POST
@member_page
def preview_reply(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """A line about what is in the reply box: how many SMS it is, or how it reads in a WhatsApp template.

    Nothing where that does not matter; the reason where it cannot be sent so.
    """
    message = viewer.conversation(pk)
    form = ReplyForm(request.POST)
    form.is_valid()
    text = form.cleaned_data.get("reply", "")
    files = _files_meant(request.POST)
    draft = Draft(text, files, template=form.template_wanted)
    channel = form.cleaned_data.get("channel", "")
    context: dict[str, Any] = {}
    try:
        context["preview"] = preview(message, draft, channel) if text or files else None
    except NotReachable as error:
        context["problem"] = error.reason
    return render(request, "gateway/parts/preview.html", context)


def _files_meant(posted: QueryDict) -> tuple[Attachment, ...]:
    """The files that are chosen and not yet sent, by what the browser says of each."""
    said = [posted.getlist(f"file_{each}") for each in ("name", "size", "type")]
    return tuple(
        file_meant(name, int(size), kind)
        for name, size, kind in list(zip(*said, strict=False))[:MANY_FILES]
        if _BYTES.fullmatch(size)
    )
