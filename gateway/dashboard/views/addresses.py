"""A member says that an address is his customer's, or takes back that one is his own."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gateway.accept import CannotAccept, accept_for_contact, undone_by
from gateway.dashboard.access import Viewer, member_page
from gateway.models import MessageReply
from gateway.outbound.unreachable import unreachable_at, works_again


@require_POST
@member_page
def accept(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """The address that a mail of a customer came from is his, too."""
    found = MessageReply.objects.filter(pk=pk, message__business__in=viewer.businesses)
    reply = found.select_related("message__business", "message__contact").first()
    if reply is None:
        raise Http404("There is no such message.")
    viewer.answering(reply.message)
    try:
        accepted = accept_for_contact(reply)
    except CannotAccept as error:
        messages.error(request, str(error))
    else:
        words = _("%(address)s is an address of this customer from now on.")
        messages.success(request, words % {"address": accepted.address})
    return redirect("gateway:conversation", reply.message_id)


@require_POST
@member_page
def mail_works(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The viewer says that his own mailbox, to which our mail came back, takes it again."""
    address = unreachable_at(viewer.user)
    if address is not None:
        works_again(address)
        words = _("From now on we write to %(address)s again.")
        messages.success(request, words % {"address": address.address})
    return redirect("gateway:inbox")


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def undo(request: HttpRequest, signed: str) -> HttpResponse:
    """Takes an accepted address back, by the link in the mail about it. Opening it changes nothing."""
    address = undone_by(signed)
    if address is None:
        return render(request, "gateway/customer/missing.html", status=404)
    if request.method == "POST":
        address.delete()
    context = {"address": address.address, "is_done": request.method == "POST"}
    return render(request, "gateway/undo_address.html", context)
