"""An owner sees who belongs to his business, invites people, changes what they may do, and removes them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.members import InvitationForm, RoleForm
from gateway.dashboard.settings_pages import settings_page
from gateway.invitations import (
    LIVES,
    CannotInvite,
    invite,
    open_invitations,
    withdraw,
)
from gateway.members import LastOwner, called, change_role, members_of, remove
from gateway.models import Invitation, Membership, Role


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def members(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """The people of one business and the open invitations; by POST somebody is invited."""
    owner = viewer.owning(business)
    data = request.POST if request.method == "POST" else None
    form = InvitationForm(data, initial={"role": Role.MEMBER}, auto_id="invite-%s")
    if form.is_valid():
        try:
            _invite(request, owner, form.cleaned_data["address"], form.cleaned_data["role"])
            return redirect("gateway:members", business)
        except CannotInvite as error:
            form.add_error(None, str(error))
    context = {
        "form": form,
        "members": members_of([business]),
        "invitations": open_invitations([business]),
        "roles": Role.choices,
        "days": LIVES.days,
    }
    return settings_page(request, viewer, "gateway:members", context, owner)


@require_POST
@member_page
def role(request: HttpRequest, viewer: Viewer, business: uuid.UUID, pk: uuid.UUID) -> HttpResponse:
    """Gives a member another role."""
    viewer.owning(business)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404("There is no such role.")
    try:
        changed = change_role(business, pk, Role(form.cleaned_data["role"]))
        words = {"name": called(changed.user), "role": changed.get_role_display()}
        messages.success(request, _("%(name)s: %(role)s.") % words)
    except Membership.DoesNotExist as error:
        raise Http404("There is no such member.") from error
    except LastOwner as error:
        messages.error(request, str(error))
    return _to_members(viewer, business, pk)


@require_POST
@member_page
def remove_member(
    request: HttpRequest, viewer: Viewer, business: uuid.UUID, pk: uuid.UUID
) -> HttpResponse:
    """Ends a member's access."""
    viewer.owning(business)
    try:
        removed = remove(business, pk)
        text = _("%(name)s has no access any more.") % {"name": called(removed.user)}
        messages.success(request, text)
    except Membership.DoesNotExist as error:
        raise Http404("There is no such member.") from error
    except LastOwner as error:
        messages.error(request, str(error))
        return redirect("gateway:members", business)
    return _to_members(viewer, business, pk)


@require_POST
@member_page
def invite_again(
    request: HttpRequest, viewer: Viewer, business: uuid.UUID, pk: uuid.UUID
) -> HttpResponse:
    """Sends an invitation again; the link that was sent before ends."""
    owner = viewer.owning(business)
    earlier = _invitation(owner, pk)
    try:
        _invite(request, owner, earlier.address, earlier.role)
    except CannotInvite as error:
        messages.error(request, str(error))
    return redirect("gateway:members", business)


@require_POST
@member_page
def withdraw_invitation(
    request: HttpRequest, viewer: Viewer, business: uuid.UUID, pk: uuid.UUID
) -> HttpResponse:
    """Ends an invitation."""
    invitation = _invitation(viewer.owning(business), pk)
    withdraw(invitation)
    text = _("The invitation of %(address)s is withdrawn.") % {"address": invitation.address}
    messages.success(request, text)
    return redirect("gateway:members", business)


def _invite(request: HttpRequest, owner: Membership, address: str, role: str) -> None:
    invitation = invite(owner, address, Role(role))
    text = _("An invitation is on its way to %(address)s.") % {"address": invitation.address}
    messages.success(request, text)


def _invitation(owner: Membership, pk: uuid.UUID) -> Invitation:
    return get_object_or_404(open_invitations([owner.business_id]), pk=pk)


def _to_members(viewer: Viewer, business: uuid.UUID, changed: uuid.UUID) -> HttpResponse:
    """Back to the page; who gave up his own right to see it goes to the list of the settings."""
    if viewer.members[business].pk == changed:
        return redirect("gateway:settings")
    return redirect("gateway:members", business)
