"""An open page says that its reader is there, and asks who else is."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.presence import is_here, who_else


@require_POST
@member_page
def here(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Who else looks at the conversation or writes in it, as a sentence; `writing` says what the reader does."""
    message = viewer.conversation(pk)
    is_here(message, viewer.user, is_writing=bool(request.POST.get("writing")))
    return HttpResponse(who_else(message, viewer.user), content_type="text/plain; charset=utf-8")
