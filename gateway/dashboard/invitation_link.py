"""The link in an invitation: a secret of the one who got the mail."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from gateway.client_address import client_address
from gateway.conf import throttle_anonymous
from gateway.dashboard.brakes import Brake
from gateway.dashboard.customer_link import HEADERS, too_often
from gateway.dashboard.local_time import local_time
from gateway.invitations import InvitationEnded, find
from gateway.models import Invitation

Page = Callable[[HttpRequest, Invitation], HttpResponseBase]


def invitation_link(page: Page) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """A page behind the token of an open invitation; an ended one is said to be so, any other is 404.

    What raises InvitationEnded meanwhile is answered as well.
    """

    @login_not_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(page)
    def wrapped(request: HttpRequest, token: str) -> HttpResponseBase:
        with local_time(request):
            response = _answer(request, token, page)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return wrapped


def _answer(request: HttpRequest, token: str, page: Page) -> HttpResponseBase:
    invitation = find(token)
    if invitation is None:
        misses = Brake("invitation-miss", throttle_anonymous())
        known_enough = misses.allows(client_address(request))
        return _missing(request) if known_enough else too_often(misses)
    if not invitation.is_open:
        return _ended(request, invitation)
    try:
        return page(request, invitation)
    except InvitationEnded:
        return _ended(request, invitation)


def _missing(request: HttpRequest) -> HttpResponse:
    return render(request, "gateway/customer/missing.html", status=404)


def _ended(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    context = {"invitation": invitation}
    return render(request, "gateway/invitation_ended.html", context, status=410)
