"""Who was invited by mail joins the business."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from gateway.dashboard.access import Viewer
from gateway.dashboard.invitation_link import invitation_link
from gateway.invitations import accept
from gateway.models import Invitation


@invitation_link
def invitation(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Asks who is signed in whether he joins, and anybody else to sign in first."""
    return join_page(request, invitation)


def join_page(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The page of an open invitation for people who have an account; by POST they join. Raises InvitationEnded."""
    if request.user.is_authenticated and request.method == "POST":
        accept(invitation.pk, request.user)
        messages.success(request, welcome_words(invitation))
        return redirect("gateway:inbox")
    context = {
        "invitation": invitation,
        "viewer": Viewer.of(request.user) if request.user.is_authenticated else None,
        "sign_in": redirect_to_login(request.path, settings.LOGIN_URL).url,
    }
    return render(request, "gateway/invitation.html", context)


def welcome_words(invitation: Invitation) -> str:
    """What the new member reads first."""
    return _("You belong to %(business)s now.") % {"business": invitation.business.name}
