"""The list of conversations, and the cheap question whether anything changed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.shell import inbox_shell
from gateway.inbox import version_for


@require_safe
@member_page
def inbox(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The conversations of the member's businesses, by folder, search and filters."""
    return render(request, "gateway/inbox.html", {"shell": inbox_shell(request, viewer)})


@require_safe
@login_not_required
def changes(request: HttpRequest) -> HttpResponse:
    """204 while the inbox is as at `?version=`, 200 when it changed, 401 when nobody is signed in."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    same = request.GET.get("version") == str(version_for(request.user))
    return HttpResponse(status=204 if same else 200, headers={"Cache-Control": "no-store"})
