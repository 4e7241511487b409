"""What is typed in the reply box and not sent yet."""

from __future__ import annotations

import uuid

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from channels_out.channel import Channel
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.compose import LONGEST_REPLY
from gateway.dashboard.fields import TextField
from gateway.drafts import keep_draft


class DraftForm(forms.Form):
    """The reply box as it stands."""

    reply = TextField(max_length=LONGEST_REPLY)
    channel = forms.ChoiceField(required=False, choices=Channel.choices)


@require_POST
@member_page
def keep(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Keeps what is typed; an empty text ends the draft.

    204, or 400 where it is no draft at all.
    """
    message = viewer.conversation(pk)
    member = viewer.answering(message)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    typed = form.cleaned_data
    keep_draft(message, member, typed["reply"], typed["channel"])
    return HttpResponse(status=204)
