"""Gives a conversation to somebody of the business."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gateway.assigning import assign, colleague
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.filters import NOBODY, with_query
from gateway.members import called
from gateway.models import Membership
from gateway.states import change


@require_POST
@member_page
def assign_to(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """The member who was chosen has it; nobody, where none was."""
    message = viewer.conversation(pk)
    by = viewer.answering(message)
    to = chosen([message.business_id], request.POST.get("to", ""))
    with change(message.pk) as locked:
        assign(locked, to, by)
    messages.success(request, words_of(to))
    return redirect(with_query(request, reverse("gateway:conversation", args=[message.pk])))


def chosen(businesses: list[uuid.UUID], pk: str) -> Membership | None:
    """The colleague with this membership of these businesses, None for nobody. Raises Http404 where there is none."""
    if pk == NOBODY:
        return None
    try:
        member = colleague(business__in=businesses, pk=uuid.UUID(pk))
    except ValueError:
        member = None
    if member is None:
        raise Http404("There is nobody to give it to.")
    return member


def words_of(to: Membership | None) -> str:
    """What is said once it is done."""
    return _("Assigned to %(name)s.") % {"name": called(to.user)} if to else _("Nobody has it now.")
