"""Who was invited and has no account yet makes one on the page of the invitation; nobody else signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from allauth.account.views import SignupView
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gateway.dashboard.invitation_link import invitation_link
from gateway.dashboard.views.invitation import join_page, welcome_words
from gateway.invitations import is_known, join, opened
from gateway.models import Invitation


class InvitedForm(SignupForm):
    """A name and a password; the address is the one that was invited."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "given-name"}),
        error_messages={"required": _("Write your name, as customers shall read it.")},
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput({"autocomplete": "family-name"}),
    )
    field_order = ("first_name", "last_name", "password1")

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        del self.fields["email"], self.fields["password2"]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["email"] = self.invitation.address
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def save(self, request: HttpRequest) -> Any:
        """The new user, who is a member then. Raises InvitationEnded, and nothing is made."""
        with transaction.atomic():
            invitation = opened(self.invitation.pk)
            get_adapter().stash_verified_email(request, invitation.address)
            user = super().save(request)
            join(invitation, user)
        messages.success(request, welcome_words(invitation))
        return user


class InvitedSignup(SignupView):
    """Sign-up on the page of one invitation."""

    template_name = "account/invited.html"
    form_class = InvitedForm
    invitation: Invitation | None = None

    def is_open(self) -> bool:
        return True

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "invitation": self.invitation}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"invitation": self.invitation}

    def get_success_url(self) -> str:
        return reverse("gateway:inbox")


@invitation_link
def invited(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    """Sign-up for whom the gateway would ask to sign in, where nobody signs in with this address yet."""
    if request.user.is_authenticated or is_known(invitation.address):
        return join_page(request, invitation)
    return InvitedSignup.as_view(invitation=invitation)(request)
