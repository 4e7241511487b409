"""A member says whether the block below his mails is for customers."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.models import ClosingBlock, ClosingState

CHOICES = {
    "cut": (ClosingState.APPROVED, _("From now on these lines are cut from your answers by mail.")),
    "keep": (ClosingState.REFUSED, _("These lines stay below your answers by mail.")),
}


@require_POST
@member_page
def decide(request: HttpRequest, viewer: Viewer, pk: uuid.UUID, choice: str) -> HttpResponse:
    """Cuts it from now on, or leaves it and does not ask again."""
    if choice not in CHOICES:
        raise Http404("There is no such choice.")
    block = get_object_or_404(ClosingBlock, pk=pk, membership__in=viewer.members.values())
    block.state, said = CHOICES[choice]
    block.save(update_fields=["state"])
    messages.success(request, said)
    return redirect("gateway:inbox")
