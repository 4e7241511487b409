"""A person says what he is called."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.names import LanguageForm, ProfileForm
from gateway.dashboard.settings_pages import settings_page
from gateway.languages import speaking
from gateway.participants import email_of, name_of

YEAR = 31_536_000  # seconds


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def profile(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The viewer's name for customers, his language, and with what he signs in."""
    given = request.POST if request.method == "POST" else None
    by_language = given is not None and "language" in given
    form = ProfileForm(viewer.user, None if by_language else given)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. The next answer carries this name."))
        return redirect("gateway:profile")
    language = LanguageForm(viewer, given if by_language else None)
    if language.is_valid():
        return _speak(request, language.save())
    context = {
        "form": form,
        "language": language,
        "shown_name": name_of(viewer.user),
        "email": email_of(viewer.user),
        "password_url": _password_url(),
    }
    return settings_page(request, viewer, "gateway:profile", context)


def _speak(request: HttpRequest, chosen: str) -> HttpResponse:
    """Says so in the language that was chosen; sign-in pages, too, speak it in this browser."""
    with speaking(chosen or get_language_from_request(request)):
        messages.success(request, _("Saved. Pages and mails speak to you in this language."))
    response = redirect("gateway:profile")
    if chosen:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


def _password_url() -> str:
    """Empty where the host changes passwords in another way."""
    try:
        return reverse("account_change_password")
    except NoReverseMatch:
        return ""
