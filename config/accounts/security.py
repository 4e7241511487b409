"""Two-factor sign-in and signed-in devices: allauth's pages, in the frame of the settings."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.usersessions import views as sessions
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from gateway.dashboard.access import Viewer
from gateway.dashboard.local_time import local_time
from gateway.dashboard.settings_pages import settings_frame


class InSettings:
    """A page of allauth as one of the settings."""

    request: HttpRequest
    section = "mfa_index"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        viewer = Viewer.of(self.request.user)
        return context | settings_frame(self.request, viewer, self.section)

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def render_to_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().render_to_response(*args, **kwargs)  # type: ignore[misc]
        with local_time(self.request):
            return response.render()


class TwoFactor(InSettings, mfa.IndexView):
    """Whether a code is asked for beside the password, and what can be done about it."""


class Activate(InSettings, totp.ActivateTOTPView):
    """The QR code for an authenticator app, and the first code of it."""


class Deactivate(InSettings, totp.DeactivateTOTPView):
    """The password alone is enough again."""


class RecoveryCodes(InSettings, recovery.ViewRecoveryCodesView):
    """The codes for the day on which the phone is gone."""


class NewRecoveryCodes(InSettings, recovery.GenerateRecoveryCodesView):
    """Others in their place."""


class Devices(InSettings, sessions.ListUserSessionsView):
    """Where the person is signed in; its form signs out everywhere else."""

    section = "usersessions_list"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # One that began before sessions were listed is listed from now on.
        UserSession.objects.create_from_request(self.request)
        return super().get_context_data(**kwargs)


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Signs one of the person's devices out at once."""
    session = get_object_or_404(UserSession.objects.filter(user=request.user), pk=pk)
    get_adapter().end_sessions([session])
    messages.success(request, _("That device is signed out."))
    return redirect("usersessions_list")
