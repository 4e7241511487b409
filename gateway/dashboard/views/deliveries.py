"""What a member says about an answer on its way: again, another way, it was sent, take it back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from channels_out.channel import Channel
from channels_out.outbox import NotPossible
from gateway.dashboard.access import Viewer, member_page
from gateway.links import another_way_of
from gateway.models import MessageReply
from gateway.outbound import by_hand
from gateway.outbound.another_way import send_another_way, why_not_another_way
from gateway.outbound.nudge import nudge
from gateway.outbound.render_mail import HOW
from gateway.outbound.ways import NotReachable
from gateway.participants import contact_name


@require_POST
@member_page
def send_again(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Sends again what failed, or what a member says did not go out; by another `channel` where one is named."""
    reply = _reply(viewer, pk)
    channel = request.POST.get("channel", "")
    try:
        if channel:
            send_another_way(reply, channel)
        else:
            by_hand.send_again(reply)
    except NotPossible as error:
        messages.error(request, str(error))
    except NotReachable as error:
        messages.error(request, error.reason)
    return redirect("gateway:conversation", reply.message_id)


@require_POST
@member_page
def send_link(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Sends the customer a link to read an answer of which nothing is heard."""
    reply = _reply(viewer, pk)
    try:
        channel = nudge(reply, request.POST.get("channel", ""))
        words = _("A link is on its way %(how)s.")
        messages.success(request, words % {"how": HOW[Channel(channel)]})
    except NotPossible as error:
        messages.error(request, str(error))
    except NotReachable as error:
        messages.error(request, error.reason)
    return redirect("gateway:conversation", reply.message_id)


@require_POST
@member_page
def was_sent(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """A member says that an answer in doubt did go out."""
    reply = _reply(viewer, pk)
    try:
        by_hand.was_sent(reply)
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("gateway:conversation", reply.message_id)


@require_POST
@member_page
def take_back(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Takes back an answer that has not begun to go out; its text is in the reply box again."""
    reply = _reply(viewer, pk)
    try:
        by_hand.take_back(reply)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("gateway:conversation", reply.message_id)
    messages.success(request, _("Taken back: it was not sent."))
    address = reverse("gateway:conversation", args=[reply.message_id])
    return redirect(f"{address}?draft={reply.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def another_way(request: HttpRequest, signed: str) -> HttpResponse:
    """Sends an answer that failed on another channel, by the link in the mail about it.

    Opening it changes nothing: a mail scanner opens every link.
    """
    said = another_way_of(signed)
    if said is None or not said[1].may_answer:
        return render(request, "gateway/customer/missing.html", status=404)
    reply, _member, channel = said
    problem = why_not_another_way(reply)
    is_done = request.method == "POST" and not problem
    if is_done:
        try:
            send_another_way(reply, channel)
        except NotPossible as error:
            problem = str(error)
        except NotReachable as error:
            problem = error.reason
    context = {
        "reply": reply,
        "customer": contact_name(reply.message.contact, reply.message),
        "how": HOW[Channel(channel)],
        "problem": problem,
        "is_done": is_done,
        "url": reverse("gateway:conversation", args=[reply.message_id]),
    }
    return render(request, "gateway/another_way.html", context)


def _reply(viewer: Viewer, pk: uuid.UUID) -> MessageReply:
    found = MessageReply.objects.filter(pk=pk, message__business__in=viewer.businesses)
    reply = found.select_related("message__business").first()
    if reply is None:
        raise Http404("There is no such reply.")
    viewer.answering(reply.message)
    return reply
