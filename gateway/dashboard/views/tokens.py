"""A person's tokens for the REST API."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gateway.api_tokens import TooMany, make_token, revoke, tokens_of
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.settings_pages import settings_page


class TokenForm(forms.Form):
    """What a new token is called, and whether it may only read."""

    name = forms.CharField(
        max_length=80,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("What it is for, such as: our web shop."),
    )
    reads_only = forms.BooleanField(
        required=False, label=gettext_lazy("It may only read; nothing is marked as read by it")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page
def tokens(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What tokens there are; a new one is shown in the answer to its form, and never again."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    made = ""
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = make_token(viewer.user, given["name"], reads_only=given["reads_only"])
        except TooMany as error:
            form.add_error(None, str(error))
        else:
            form = TokenForm()
    context = {"form": form, "made": made, "tokens": tokens_of(viewer.user)}
    return settings_page(request, viewer, "gateway:tokens", context)


@require_POST
@member_page
def revoke_token(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Ends one at once."""
    name = revoke(viewer.user, pk)
    if not name:
        raise Http404("There is no such token.")
    messages.success(request, _("%(name)s opens nothing any more.") % {"name": name})
    return redirect("gateway:tokens")
