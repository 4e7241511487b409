"""What a customer sees behind his signed link."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gateway.dashboard.customer_link import customer_link
from gateway.dashboard.thread import thread_for_customer
from gateway.models import Participant
from gateway.participants import read_token_of


@require_safe
@login_not_required
@customer_link
def customer_page(request: HttpRequest, participant: Participant) -> HttpResponse:
    """The one conversation. Reading it changes nothing: mail scanners open links too."""
    message = participant.message
    context = {
        "message": message,
        "token": read_token_of(participant),
        "thread": thread_for_customer(message),
    }
    return render(request, "gateway/customer/conversation.html", context)
