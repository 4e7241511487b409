"""A member says how and when he is told; an owner what his business does by itself."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gateway.dashboard.access import Viewer, member_page, only_owner
from gateway.dashboard.settings_pages import settings_page
from gateway.dashboard.wishes import BusinessForm, WishesForm
from gateway.links import unsubscribing
from gateway.models import Membership, NotificationSettings, Role
from gateway.telling.choices import wishes_of
from gateway.telling.news import news_since
from gateway.telling.plan import GATHER_FOR
from gateway.telling.stops import stop_digest
from gateway.telling.stops import undo as undo_stop
from gateway.telling.texts import TEXTS_A_DAY, phone_of


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def settings(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """How the member is told at one business."""
    member = _member(viewer, business)
    if request.method != "POST":
        form = WishesForm(instance=wishes_of(member))
    else:
        known, _is_new = NotificationSettings.objects.get_or_create(membership=member)
        form = WishesForm(request.POST, instance=known)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. It counts from the next message on."))
        return redirect("gateway:notifications", business)
    return _page(request, viewer, member, form, BusinessForm(instance=member.business))


@require_POST
@member_page
def business(request: HttpRequest, viewer: Viewer, business: uuid.UUID) -> HttpResponse:
    """What an owner decides for the business."""
    member = _member(viewer, business)
    if member.role != Role.OWNER:
        raise PermissionDenied(only_owner(member.business))
    form = BusinessForm(request.POST, instance=member.business)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved for the whole business."))
        return redirect("gateway:notifications", business)
    wishes = WishesForm(instance=wishes_of(member))
    return _page(request, viewer, member, wishes, form)


@require_POST
@member_page
def undo(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Takes back that the member is told no more by mail, text or digest."""
    kind, key = request.POST.get("kind", ""), request.POST.get("key", "")
    if undo_stop(viewer.user, viewer.members.values(), kind, key):
        messages.success(request, _("Undone: from now on you are told there again."))
    first = next(iter(viewer.members), None)
    return redirect("gateway:notifications", first) if first else redirect("gateway:settings")


@require_safe
@login_not_required
def news(request: HttpRequest) -> HttpResponse:
    """What happened after `?after=`, for the browser's notifications; 401 when nobody is signed in."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    now = timezone.now()
    viewer = Viewer.of(request.user)
    after = _moment(request.GET.get("after", "")) or now
    found = news_since(viewer.user, list(viewer.members.values()), after)
    answer = {"now": now.isoformat(), "news": [asdict(each) for each in found]}
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


@csrf_exempt  # a mail program posts it for the reader (RFC 8058 section 3.2)
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def unsubscribe(request: HttpRequest, name: str) -> HttpResponse:
    """Ends a member's digests, by POST only: mail scanners open links."""
    member = unsubscribing(name)
    if member is None:
        return render(request, "gateway/customer/missing.html", status=404)
    if request.method == "POST":
        stop_digest(member)
    context = {"business": member.business, "is_done": request.method == "POST"}
    return render(request, "gateway/unsubscribe.html", context)


def _member(viewer: Viewer, business: uuid.UUID) -> Membership:
    member = viewer.members.get(business)
    if member is None:
        raise Http404("There is no such business.")
    return member


def _moment(text: str) -> datetime | None:
    """A moment with its zone, or None for anything else."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None


def _page(
    request: HttpRequest,
    viewer: Viewer,
    member: Membership,
    form: WishesForm,
    business_form: BusinessForm,
) -> HttpResponse:
    context = {
        "form": form,
        "business_form": business_form if member.role == Role.OWNER else None,
        "zone": timezone.get_current_timezone_name(),
        "phone": phone_of(member),
        "texts_a_day": TEXTS_A_DAY,
        "gather_minutes": int(GATHER_FOR.total_seconds() // 60),
    }
    return settings_page(request, viewer, "gateway:notifications", context, member)
