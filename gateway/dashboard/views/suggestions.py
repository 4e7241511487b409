"""What agents proposed to answer, above the reply box."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.filters import with_query
from gateway.models import Suggestion
from gateway.suggestions import dismiss


@require_POST
@member_page
def dismiss_one(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Takes a suggestion off the reply box, for colleagues as well."""
    of_his = Suggestion.objects.filter(message__business__in=viewer.businesses)
    suggestion = get_object_or_404(of_his.select_related("message__business"), pk=pk)
    viewer.answering(suggestion.message)
    dismiss(suggestion)
    path = reverse("gateway:conversation", args=[suggestion.message_id])
    return redirect(with_query(request, path))
