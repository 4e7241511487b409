"""What is held: read it, and send, file or refuse it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gateway import held
from gateway.accept import CannotAccept
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.settling import Settling, settling_of
from gateway.dashboard.shell import shell_at
from gateway.held import (
    AlreadySettled,
    NotForYou,
    for_staff,
    settle_accept,
    settle_file,
    settle_refuse,
    settle_send,
    settled_before,
)
from gateway.models import CustomerMessage, HeldItem
from gateway.outbound.answer import MayNotAnswer
from gateway.outbound.ways import NotReachable
from gateway.readings import staff_read
from gateway.refusal import LONGEST_WORDS
from gateway.text import clean_text


@require_safe
@member_page
def held_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What waits for this member to settle it; staff also see what nobody else can settle."""
    return _page(request, viewer, None)


@require_safe
@member_page
def held_item(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """One held item, why it is held, and what can be done. What staff read of a business is remembered."""
    item = _item(viewer, pk)
    if item.settlement:
        messages.info(request, settled_before(item))
        return redirect("gateway:held")
    staff_read(viewer.user, item)
    return _page(request, viewer, item)


@require_POST
@member_page
def settle(request: HttpRequest, viewer: Viewer, pk: uuid.UUID, action: str) -> HttpResponse:
    """Sends, files or refuses a held item, then shows what it became or what is still held."""
    item = _item(viewer, pk)
    settling = settling_of(viewer, item)
    if not settling.allowed:
        raise PermissionDenied(_("Your role does not allow this. Ask an owner to settle it."))
    try:
        return SETTLEMENTS[action](request, settling)
    except KeyError as error:
        raise Http404("There is no such action.") from error
    except AlreadySettled as error:
        messages.info(request, str(error))
        return redirect("gateway:held")
    except CustomerMessage.DoesNotExist:
        messages.error(request, _("That conversation was deleted meanwhile. Choose another one."))
        return redirect("gateway:held_item", pk)
    except (NotForYou, NotReachable, MayNotAnswer, CannotAccept) as error:
        messages.error(request, str(error))
        return redirect("gateway:held_item", pk)


def _send(request: HttpRequest, settling: Settling) -> HttpResponse:
    if settling.member is None:
        raise NotForYou(_("Only a member of the business can send an answer."))
    accept = "accept" in request.POST
    channel = request.POST.get("channel", "")
    to = settling.target(settling.member.business, request.POST.get("under", ""))
    reply = settle_send(settling.item, settling.member, channel, to=to, accept=accept)
    messages.success(request, _("Sent to the customer."))
    return redirect("gateway:conversation", reply.message_id)


def _accept(request: HttpRequest, settling: Settling) -> HttpResponse:
    if settling.member is None:
        raise NotForYou(_("Only a member of the business can accept an address."))
    settle_accept(settling.item, settling.member)
    messages.success(request, _("Accepted. Answers from there are relayed from now on."))
    return redirect("gateway:held")


def _file(request: HttpRequest, settling: Settling) -> HttpResponse:
    business = settling.business(request.POST.get("business", ""))
    under = settling.target(business, request.POST.get("under", ""))
    message = settle_file(settling.item, settling.viewer.user, business, under)
    messages.success(request, _("Filed."))
    if business.pk not in settling.viewer.members:
        return redirect("gateway:held")
    return redirect("gateway:conversation", message.pk)


def _refuse(request: HttpRequest, settling: Settling) -> HttpResponse:
    tell = "tell" in request.POST
    words = clean_text(request.POST.get("words", "")).strip()[:LONGEST_WORDS]
    settle_refuse(settling.item, settling.viewer.user, tell=tell, words=words)
    told = _("Refused. Its writer is told. It stays stored.")
    untold = _("Refused. Nothing was sent. It stays stored.")
    messages.success(request, told if tell else untold)
    return redirect("gateway:held")


SETTLEMENTS = {"send": _send, "accept": _accept, "file": _file, "refuse": _refuse}


def _item(viewer: Viewer, pk: uuid.UUID) -> HeldItem:
    seen = Q(business__in=viewer.businesses)
    if viewer.user.is_staff:
        seen |= for_staff()
    found = HeldItem.objects.filter(seen, pk=pk).prefetch_related("attachments")
    item = found.select_related(
        "business", "message__contact", "membership__user", "question"
    ).first()
    if item is None:
        raise Http404("There is no such held item.")
    return item


def _page(request: HttpRequest, viewer: Viewer, item: HeldItem | None) -> HttpResponse:
    context = {
        "shell": shell_at(request, viewer, "held", item.pk if item else None),
        "items": held.open_items(viewer.user)[:100],
        "item": item,
        "settling": settling_of(viewer, item, request.GET.get("q", "")) if item else None,
    }
    return render(request, "gateway/held.html", context)
