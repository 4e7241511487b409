"""What a customer sees behind his signed link, and what he writes there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gateway.conf import throttle_anonymous
from gateway.dashboard.brakes import Brake
from gateway.dashboard.customer_link import customer_link
from gateway.dashboard.follow_up import FollowUp, FollowUpForm, SentBefore, again, write
from gateway.dashboard.thread import thread_for_customer
from gateway.inbound.messages import Received
from gateway.models import Participant
from gateway.own_opening import own_subject
from gateway.participants import read_token_of


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@customer_link
def customer_page(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The one conversation, and a form to write on. Reading changes nothing: mail scanners open links too.

    What cannot be taken is shown again with the reason; beyond the rate of strangers it is 429.
    """
    if request.method != "POST":
        return _page(request, participant, FollowUp())
    form = FollowUpForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, participant, again(form, *form.problems))
    brake = Brake("link-write", throttle_anonymous())
    if not brake.allows(str(participant.pk)):
        return _too_often(request, participant, form, brake)
    try:
        received = write(form, participant)
    except SentBefore:
        problem = _("Another text was sent from this page before. Look above, then send this one.")
        return _page(request, participant, again(form, problem, fresh=True))
    return _sent(request, participant, received)


def _too_often(
    request: HttpRequest, participant: Participant, form: FollowUpForm, brake: Brake
) -> HttpResponse:
    problem = _("You wrote very often. Wait a while, then send this.")
    response = _page(request, participant, again(form, problem))
    response.status_code = 429
    response["Retry-After"] = str(brake.window)
    return response


def _sent(request: HttpRequest, participant: Participant, received: Received) -> HttpResponse:
    if participant.message.deleted_at:
        # It went on elsewhere, where this link does not lead.
        return render(request, "gateway/customer/sent.html", {"message": participant.message})
    path = reverse("gateway:customer_page", args=[read_token_of(participant)])
    return redirect(f"{path}#m-{received.reply.pk}" if received.reply else path)


def _page(request: HttpRequest, participant: Participant, follow_up: FollowUp) -> HttpResponse:
    """The business put in the trash what it has read; its customer may still finish his sentence."""
    message = participant.message
    context = {
        "message": message,
        "subject": own_subject(message),
        "token": read_token_of(participant),
        "thread": None if message.deleted_at else thread_for_customer(message),
        "follow_up": follow_up,
    }
    return render(request, "gateway/customer/conversation.html", context)
