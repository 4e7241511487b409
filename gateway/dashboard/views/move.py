"""A message, or a whole conversation, that belongs elsewhere: choose where, and move it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.shell import inbox_shell
from gateway.dashboard.targets import targets_of
from gateway.join import join
from gateway.models import CustomerMessage, Direction, MessageReply
from gateway.move import CannotMove, file_under, split_off


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def move(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Asks under which conversation a message belongs, and files it there."""
    reply = _reply(viewer, pk)
    message = viewer.conversation(reply.message_id)
    member = viewer.answering(message)
    if request.method != "POST":
        return _page(request, viewer, message, reply)
    with_later = request.POST.get("with_later") == "on"
    try:
        if under := request.POST.get("under", ""):
            target = file_under(reply, _id(under), member, with_later=with_later)
        else:
            target = split_off(reply, member, with_later=with_later)
    except CannotMove as error:
        messages.error(request, str(error))
        return _page(request, viewer, message, reply)
    except CustomerMessage.DoesNotExist as error:
        raise Http404("That conversation is gone.") from error
    messages.success(request, _("Moved here."))
    return redirect("gateway:conversation", target.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def join_whole(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Asks to which conversation all of another one belongs, says what that means, and joins them."""
    message = viewer.conversation(pk)
    member = viewer.answering(message)
    if message.pk != pk:
        return redirect("gateway:conversation", message.pk)
    if request.method != "POST":
        return _page(request, viewer, message)
    target = viewer.conversation(_id(request.POST.get("under", "")))
    if "sure" not in request.POST:
        shell = inbox_shell(request, viewer, message.pk)
        context = {"shell": shell, "message": message, "target": target}
        return render(request, "gateway/join.html", context)
    try:
        joined = join(message.pk, target.pk, member)
    except CannotMove as error:
        messages.error(request, str(error))
        return _page(request, viewer, message)
    except CustomerMessage.DoesNotExist as error:
        raise Http404("That conversation is gone.") from error
    messages.success(request, _("Joined: this is one conversation now."))
    return redirect("gateway:conversation", joined.pk)


def _page(
    request: HttpRequest,
    viewer: Viewer,
    message: CustomerMessage,
    reply: MessageReply | None = None,
) -> HttpResponse:
    """Where a reply belongs, or, without one, all of the conversation."""
    theirs = Q(contact=message.contact_id)
    here = (
        reverse("gateway:move", args=[reply.pk])
        if reply
        else reverse("gateway:join", args=[message.pk])
    )
    context = {
        "shell": inbox_shell(request, viewer, message.pk),
        "message": message,
        "reply": reply,
        "here": here,
        "targets": targets_of(message.business_id, request.GET.get("q", ""), theirs, message),
        "may_split": reply is not None
        and reply.direction == Direction.INBOUND
        and not reply.by_partner,
    }
    return render(request, "gateway/move.html", context)


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("There is no such conversation.") from error


def _reply(viewer: Viewer, pk: uuid.UUID) -> MessageReply:
    reply = MessageReply.objects.filter(pk=pk, message__business__in=viewer.businesses).first()
    if reply is None:
        raise Http404("There is no such message.")
    return reply
