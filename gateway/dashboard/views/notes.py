"""Notes beside a conversation, for the people of the business alone."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.fields import TextField
from gateway.dashboard.filters import with_query
from gateway.notes import delete_note, own_note, write_note
from gateway.text import LONGEST_TEXT


class NoteForm(forms.Form):
    """What a member writes down."""

    text = TextField(max_length=LONGEST_TEXT)

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).strip()
        if not text:
            raise forms.ValidationError(_("Write something into the note."))
        return text


@require_POST
@member_page
def write(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Keeps a note. Whoever may read the conversation may write one: it reaches no customer."""
    message = viewer.conversation(pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        write_note(message, viewer.member(message), form.cleaned_data["text"])
    else:
        messages.error(request, str(form.errors["text"][0]))
    return redirect(with_query(request, reverse("gateway:conversation", args=[message.pk])))


@require_POST
@member_page
def delete(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Takes away a note of one's own."""
    note = own_note(viewer.user, pk)
    if note is None or note.message.business_id not in viewer.members:
        raise Http404("You wrote no such note.")
    delete_note(note)
    messages.success(request, _("The note is deleted."))
    return redirect(with_query(request, reverse("gateway:conversation", args=[note.message_id])))
