"""Puts a conversation away: until a time, or because it needs no answer."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.actions import tell
from gateway.dashboard.filters import with_query
from gateway.dashboard.snoozing import NOT_THEN, SnoozeForm
from gateway.models import CustomerMessage
from gateway.outbound.failures import failed_replies
from gateway.states import change, needs_no_answer, snooze


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
    local = timezone.localtime(until)
    when = f"{date_format(local, 'l, j F')}, {date_format(local, 'TIME_FORMAT')}"
    tell(request, _("Snoozed until %(when)s.") % {"when": when}, "wake", [message.pk])
    return redirect(with_query(request, reverse("gateway:inbox")))


@require_POST
@member_page
def no_answer(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Nobody waits for an answer to what stood on the page; what came meanwhile still waits."""
    message = viewer.conversation(pk)
    viewer.answering(message)
    until = _written_at(message, request.POST.get("seen", ""))
    with change(message.pk) as locked:
        needs_no_answer(locked, until, failed_replies(locked.pk))
    if locked.waiting_since:
        messages.warning(request, _("The customer wrote meanwhile. Read it first."))
    else:
        messages.success(request, _("Nobody waits here until the customer writes again."))
    return redirect(with_query(request, reverse("gateway:conversation", args=[message.pk])))


def _written_at(message: CustomerMessage, seen: str) -> datetime:
    """When the newest message on the page was written; of one that is unknown the first one."""
    try:
        reply = message.replies.filter(pk=uuid.UUID(seen)).first()
    except ValueError:
        reply = None
    return reply.created_at if reply else message.created_at
