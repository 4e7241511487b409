"""Who looks at the dashboard, and what he may see and do there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, get_language_from_request
from django.utils.translation import gettext as _

from gateway.dashboard.local_time import local_time
from gateway.inbox import memberships_of
from gateway.languages import offered, speaking
from gateway.models import Business, CustomerMessage, Membership, Role
from gateway.participants import email_of, name_of

Page = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Viewer:
    """A person who is signed in, and his live memberships by business."""

    user: Any
    members: dict[uuid.UUID, Membership]

    @classmethod
    def of(cls, user: Any) -> Viewer:
        """The viewer with his memberships as they are now."""
        members = memberships_of(user)
        for member in members:
            member.user = user  # known already: saves a query each
        return cls(user, {member.business_id: member for member in members})

    @property
    def name(self) -> str:
        """What he is called, on his own screen only."""
        return name_of(self.user) or email_of(self.user)

    @property
    def businesses(self) -> list[uuid.UUID]:
        """The businesses whose conversations he sees."""
        return list(self.members)

    @property
    def owned(self) -> list[Membership]:
        """The memberships by which he decides for a business."""
        return [member for member in self.members.values() if member.role == Role.OWNER]

    @property
    def business_names(self) -> list[str]:
        """What they are called."""
        return [member.business.name for member in self.members.values()]

    def conversation(self, pk: uuid.UUID) -> CustomerMessage:
        """One of his businesses' conversations, or the one that it was joined to. Raises Http404 for any other."""
        found = CustomerMessage.objects.filter(business__in=self.businesses)
        found = found.select_related("business", "contact", "listing", "assigned_to")
        found = found.prefetch_related("contact__addresses", "attachments", "tags")
        message = found.filter(pk=pk).first()
        if message is not None and message.merged_into_id:
            message = found.filter(pk=message.merged_into_id).first()
        if message is None:
            raise Http404("There is no such conversation.")
        return message

    def member(self, message: CustomerMessage) -> Membership:
        """Through which membership he sees a conversation."""
        return self.members[message.business_id]

    @property
    def language(self) -> str:
        """The one he chose for mails and pages, or nothing."""
        return next(filter(None, (offered(each.language) for each in self.members.values())), "")

    def answering(self, message: CustomerMessage) -> Membership:
        """His membership, which must allow him to answer. Raises PermissionDenied."""
        member = self.member(message)
        if not member.may_answer:
            words = _("Your role at %(business)s does not allow this.")
            raise PermissionDenied(words % {"business": member.business})
        return member

    def owning(self, business: uuid.UUID) -> Membership:
        """His membership as an owner of a business. Raises PermissionDenied, and Http404 where he has none."""
        member = self.members.get(business)
        if member is None:
            raise Http404("There is no such business.")
        if member.role != Role.OWNER:
            raise PermissionDenied(only_owner(member.business))
        return member


def only_owner(business: Business) -> str:
    """Why somebody else may not decide it."""
    return _("Only an owner of %(business)s decides this.") % {"business": business}


def member_page(page: Page) -> Page:
    """A page for people who are signed in: it gets the viewer, and shows times in his zone."""

    @wraps(page)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        viewer = Viewer.of(request.user)
        with local_time(request), speaking(viewer.language or get_language_from_request(request)):
            response = page(request, viewer, *args, **kwargs)
            response.headers.setdefault("Content-Language", get_language() or "")
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return wrapped


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # An answer inside the page would be a sign-in form in the place of a message.
        return HttpResponse(headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return redirect_to_login(request.get_full_path())
