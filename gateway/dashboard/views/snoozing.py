"""Puts a conversation away until a time."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.actions import tell
from gateway.dashboard.filters import with_query
from gateway.dashboard.snoozing import NOT_THEN, SnoozeForm
from gateway.states import change, snooze


@require_POST
@member_page
def snooze_until(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """The conversation leaves the inbox until the time that was chosen."""
    message = viewer.conversation(pk)
    viewer.answering(message)
    until = SnoozeForm(request.POST).until
    if until is None:
        messages.error(request, NOT_THEN)
        return redirect(with_query(request, reverse("gateway:conversation", args=[message.pk])))
    with change(message.pk) as locked:
        snooze(locked, until)
    when = formatted(timezone.localtime(until), "l, j F, H:i")
    tell(request, f"Snoozed until {when}.", "wake", [message.pk])
    return redirect(with_query(request, reverse("gateway:inbox")))
