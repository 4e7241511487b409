"""A person's own addresses: from where he answers, and where he is told."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_out.channel import Channel
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.settings_pages import settings_page
from gateway.models import MemberAddress
from gateway.participants import verified_email_of
from gateway.proving import (
    CannotProve,
    addresses_of,
    confirm_mail,
    confirm_phone,
    give_up,
    mail_link,
    mailed_to,
    open_code,
    open_mails,
    remove_address,
    text_code,
)


@require_safe
@member_page
def my_addresses(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is confirmed, what waits for that, and the forms to add more."""
    return _page(request, viewer)


@require_POST
@member_page
def add(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Sends a link to a mail address, or a code to a phone."""
    is_phone = request.POST.get("channel") == Channel.SMS
    written = request.POST.get("address", "")
    try:
        if is_phone:
            text_code(viewer.user, viewer.members.values(), written)
        else:
            mail_link(viewer.user, written)
    except CannotProve as error:
        return _page(request, viewer, str(error), "phone" if is_phone else "mail", written)
    if not is_phone:
        messages.success(request, _("A link is on its way. Open it within two days."))
    return redirect("gateway:my_addresses")


@require_POST
@member_page
def code(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Takes the code of a text."""
    try:
        phone = confirm_phone(viewer.user, request.POST.get("code", ""))
    except CannotProve as error:
        return _page(request, viewer, str(error), "code")
    messages.success(request, _("%(phone)s is confirmed.") % {"phone": phone.address})
    return redirect("gateway:my_addresses")


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def confirm(request: HttpRequest, viewer: Viewer, signed: str) -> HttpResponse:
    """The page of a mailed link. Opening it changes nothing; its button confirms."""
    proof = mailed_to(viewer.user, signed)
    problem = ""
    if proof and request.method == "POST":
        try:
            address = confirm_mail(proof, viewer.members.values())
        except CannotProve as error:
            problem = str(error)
        else:
            messages.success(request, _("%(mail)s is confirmed.") % {"mail": address.address})
            return redirect("gateway:my_addresses")
    context = {"proof": proof, "problem": problem, "name": viewer.name}
    return render(request, "gateway/confirm_address.html", context, status=200 if proof else 404)


@require_POST
@member_page
def remove(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Takes one away; the last mail address stays."""
    address = get_object_or_404(MemberAddress.objects.filter(user=viewer.user), pk=pk)
    try:
        remove_address(address)
    except CannotProve as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(address)s is removed.") % {"address": address.address})
    return redirect("gateway:my_addresses")


@require_POST
@member_page
def stop_asking(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """A link or a code that was sent is not wanted any more."""
    give_up(viewer.user, pk)
    return redirect("gateway:my_addresses")


def _page(
    request: HttpRequest, viewer: Viewer, problem: str = "", at: str = "", written: str = ""
) -> HttpResponse:
    known = list(addresses_of(viewer.user))
    context = {
        "mails": [each for each in known if each.channel == Channel.EMAIL],
        "phones": [each for each in known if each.channel != Channel.EMAIL],
        "open_mails": open_mails(viewer.user),
        "code": open_code(viewer.user),
        "told_at": verified_email_of(viewer.user),
        "problem": problem,
        "at": at,
        "written": written,
    }
    return settings_page(request, viewer, "gateway:my_addresses", context)
