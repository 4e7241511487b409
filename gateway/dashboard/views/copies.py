"""Who is on copy of a conversation, said without an answer."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gateway.copies import CannotCopy, partners_in, set_copies
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.compose import LONGEST_COPY_TO
from gateway.dashboard.fields import ListField
from gateway.dashboard.filters import with_query
from gateway.dashboard.views.drafts import DraftForm
from gateway.drafts import keep_draft
from gateway.states import change


class CopiesForm(DraftForm):
    """The reply box with those who are on copy, and those to be added."""

    copies = ListField()
    copy_to = forms.CharField(required=False, max_length=LONGEST_COPY_TO)


@require_POST
@member_page
def keep(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Keeps who is on copy from now on, and what was typed as a draft; nothing is sent."""
    message = viewer.conversation(pk)
    member = viewer.answering(message)
    form = CopiesForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        partners = partners_in(", ".join([*said["copies"], said["copy_to"]]))
        try:
            with change(message.pk) as locked:
                set_copies(locked, partners, member)
        except CannotCopy as error:
            messages.error(request, str(error))
        keep_draft(message, member, said["reply"], said["channel"])
    else:
        messages.error(request, _("This could not be kept. Shorten it, then try again."))
    return redirect(with_query(request, reverse("gateway:conversation", args=[message.pk])))
