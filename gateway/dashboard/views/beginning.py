"""The page on which a member begins a conversation."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.beginning import BeginForm
from gateway.dashboard.shell import inbox_shell
from gateway.outbound.ways import NotReachable


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def begin(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Asks who the customer is and what to write, and sends it; what cannot be sent is shown with the reason."""
    members = [member for member in viewer.members.values() if member.may_answer]
    if not members:
        raise PermissionDenied(_("Your role does not allow this."))
    if request.method != "POST":
        return _page(request, viewer, BeginForm(members, initial={"form_id": uuid.uuid4()}))
    form = BeginForm(members, request.POST)
    if not form.is_valid():
        return _page(request, viewer, form)
    try:
        reply = form.begin()
    except NotReachable as error:
        form.add_error("channel", error.reason)
        return _page(request, viewer, form)
    if reply is None:
        messages.info(request, _("It was sent before."))
        return redirect("gateway:inbox")
    return redirect("gateway:conversation", reply.message_id)


def _page(request: HttpRequest, viewer: Viewer, form: BeginForm) -> HttpResponse:
    context = {"shell": inbox_shell(request, viewer), "form": form}
    return render(request, "gateway/begin.html", context)
