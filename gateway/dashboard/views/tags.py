"""Tags: put on conversations and taken off, and the page where a business keeps its own."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.filters import with_query
from gateway.dashboard.shell import shell_at
from gateway.models import Colour, CustomerMessage, Tag
from gateway.tags import CannotTag, change_tag, delete_tag, put_on, tag_named, tags_of, take_off


class TagForm(forms.Form):
    """A tag's new name and colour."""

    name = forms.CharField(max_length=40)
    colour = forms.ChoiceField(choices=Colour.choices)


@require_POST
@member_page
def add(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Puts a tag on a conversation; a new word becomes a tag of the business."""
    message = _answered(viewer, pk)
    try:
        put_on(message.pk, tag_named(message.business_id, request.POST.get("name", "")))
    except CannotTag as error:
        messages.error(request, str(error))
    return _to_conversation(request, message)


@require_POST
@member_page
def remove(request: HttpRequest, viewer: Viewer, pk: uuid.UUID, tag: uuid.UUID) -> HttpResponse:
    """Takes a tag off a conversation."""
    message = _answered(viewer, pk)
    take_off(message, tag)
    return _to_conversation(request, message)


@require_safe
@member_page
def tag_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The tags of the member's businesses, to be renamed and deleted."""
    context = {
        "shell": shell_at(request, viewer, "tags"),
        "tags": tags_of(viewer.businesses).annotate(used=Count("taggings")),
        "colours": Colour.choices,
    }
    return render(request, "gateway/tags.html", context)


@require_POST
@member_page
def change(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Gives a tag another name or colour."""
    form = TagForm(request.POST)
    tag = _own(viewer, pk)
    if not form.is_valid():
        messages.error(request, _("A tag has a name of at most 40 characters, and a colour."))
        return redirect("gateway:tags")
    try:
        change_tag(tag, form.cleaned_data["name"], form.cleaned_data["colour"])
        messages.success(request, _("Saved."))
    except CannotTag as error:
        messages.error(request, str(error))
    return redirect("gateway:tags")


@require_POST
@member_page
def delete(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Takes a tag away, from all conversations as well."""
    tag = _own(viewer, pk)
    delete_tag(tag)
    messages.success(request, _("The tag “%(tag)s” is deleted.") % {"tag": tag.name})
    return redirect("gateway:tags")


def _answered(viewer: Viewer, pk: uuid.UUID) -> CustomerMessage:
    message = viewer.conversation(pk)
    viewer.answering(message)
    return message


def _own(viewer: Viewer, pk: uuid.UUID) -> Tag:
    answering = [key for key, member in viewer.members.items() if member.may_answer]
    return get_object_or_404(Tag, pk=pk, business__in=answering)


def _to_conversation(request: HttpRequest, message: CustomerMessage) -> HttpResponse:
    return redirect(with_query(request, reverse("gateway:conversation", args=[message.pk])))
