"""Canned answers: the page where a business keeps them, and the list that the reply box offers."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gateway.canned import answers_of, delete_answer, filled
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.canned import CannedForm
from gateway.dashboard.settings_pages import settings_page
from gateway.models import CannedAnswer, Membership


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def canned(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The answers of one business, and a form for a new one."""
    member = _answering(viewer, business)
    new = CannedAnswer(business=member.business)
    if request.method != "POST":
        return _page(request, viewer, member, CannedForm(new))
    return _save(request, viewer, member, CannedForm(new, request.POST))


@require_POST
@member_page
def change(
    request: HttpRequest, viewer: Viewer, business: uuid.UUID, pk: uuid.UUID
) -> HttpResponse:
    """Gives an answer another name or text."""
    member = _answering(viewer, business)
    answer = get_object_or_404(CannedAnswer, pk=pk, business=business)
    return _save(request, viewer, member, CannedForm(answer, request.POST))


@require_POST
@member_page
def delete(
    request: HttpRequest, viewer: Viewer, business: uuid.UUID, pk: uuid.UUID
) -> HttpResponse:
    """Takes an answer away."""
    _answering(viewer, business)
    answer = get_object_or_404(CannedAnswer, pk=pk, business=business)
    delete_answer(answer)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": answer.name})
    return redirect("gateway:canned", business)


@require_safe
@member_page
def offer(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """What the reply box of a conversation offers: each answer as it would be put in there."""
    message = viewer.conversation(pk)
    member = viewer.answering(message)
    offers = [
        (each, filled(each.text, message, member)) for each in answers_of([member.business_id])
    ]
    context = {"offers": offers, "member": member}
    return render(request, "gateway/parts/canned_offers.html", context)


def _save(
    request: HttpRequest, viewer: Viewer, member: Membership, form: CannedForm
) -> HttpResponse:
    if not form.save():
        return _page(request, viewer, member, form)
    messages.success(request, _("Saved."))
    return redirect("gateway:canned", member.business_id)


def _page(
    request: HttpRequest, viewer: Viewer, member: Membership, form: CannedForm
) -> HttpResponse:
    """The page; `form` is the new answer's, or the one that could not be saved."""
    answers = answers_of([member.business_id])
    context = {
        "new": form if form.is_new else CannedForm(CannedAnswer(business=member.business)),
        "forms": [form if each == form.answer else CannedForm(each) for each in answers],
    }
    return settings_page(request, viewer, "gateway:canned", context, member)


def _answering(viewer: Viewer, business: uuid.UUID) -> Membership:
    member = viewer.members.get(business)
    if member is None:
        raise Http404(_("There is no such business."))
    if not member.may_answer:
        raise PermissionDenied(
            _("Your role at %(business)s does not allow this.") % {"business": member.business}
        )
    return member
