"""What a member says about an answer that failed, or of which nobody knows whether it went out."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from channels_out.models import Delivery
from channels_out.outbox import NotPossible, retry, settle
from channels_out.state import State
from gateway.dashboard.access import Viewer, member_page
from gateway.models import MessageReply


@require_POST
@member_page
def send_again(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Sends again what failed, or what a member says did not go out."""
    return _each(request, viewer, pk, was_sent=False)


@require_POST
@member_page
def was_sent(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """A member says that an answer in doubt did go out."""
    return _each(request, viewer, pk, was_sent=True)


def _each(request: HttpRequest, viewer: Viewer, pk: uuid.UUID, *, was_sent: bool) -> HttpResponse:
    reply = _reply(viewer, pk)
    viewer.answering(reply.message)
    sent = Delivery.objects.filter(dispatch__reply=reply, purpose="reply").order_by("id")
    try:
        for delivery in sent:
            _settle(delivery, was_sent=was_sent)
    except NotPossible as error:
        messages.error(request, str(error))
    return redirect("gateway:conversation", reply.message_id)


def _settle(delivery: Delivery, *, was_sent: bool) -> None:
    if delivery.waits_for_a_person:
        settle(delivery, was_sent=was_sent)
    elif delivery.state == State.FAILED and not was_sent:
        retry(delivery)


def _reply(viewer: Viewer, pk: uuid.UUID) -> MessageReply:
    found = MessageReply.objects.filter(pk=pk, message__business__in=viewer.businesses)
    reply = found.select_related("message__business").first()
    if reply is None:
        raise Http404("There is no such reply.")
    return reply
