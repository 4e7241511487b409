"""Does one thing with each of the conversations that were chosen in the list."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gateway.assigning import assign_all
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.actions import ACTIONS, Action, tell
from gateway.dashboard.filters import with_query
from gateway.dashboard.snoozing import tomorrow
from gateway.dashboard.views.assigning import chosen, words_of
from gateway.inbox import PAGE_SIZE
from gateway.models import CustomerMessage, Tag
from gateway.states import change, snooze
from gateway.tags import put_on


@require_POST
@member_page
def bulk(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Each conversation is done by itself, in the order of the list; what is gone meanwhile is left out."""
    undo = request.POST.get("undo", "").split()
    name, pks = (undo[0], undo[1:]) if undo else _asked(request)
    if name == "assign":
        return _assign(request, viewer, pks[:PAGE_SIZE])
    action = _action(request, viewer, name)
    done = [pk for pk in _answerable(viewer, pks[:PAGE_SIZE]) if _did(action.run, pk)]
    if not pks:
        messages.error(request, _("Choose conversations first."))
    elif done:
        tell(request, _of_many(action, len(done)), "" if undo else action.undo, done)
    return redirect(with_query(request, reverse("gateway:inbox")))


def _of_many(action: Action, count: int) -> str:
    if count == 1:
        return str(action.done)
    # Translators: what was done to several conversations at once, such as "3 conversations: Moved to spam."
    return _("%(count)d conversations: %(done)s") % {"count": count, "done": action.done}


def _asked(request: HttpRequest) -> tuple[str, list[str]]:
    return request.POST.get("action", ""), request.POST.getlist("pk")


def _action(request: HttpRequest, viewer: Viewer, name: str) -> Action:
    if name == "snooze":
        return Action(_snooze, _("Snoozed until tomorrow, 8:00."), undo="wake")
    if name == "tag":
        return _tagging(request, viewer)
    if name not in ACTIONS:
        raise Http404("There is no such action.")
    return ACTIONS[name]


def _assign(request: HttpRequest, viewer: Viewer, pks: list[str]) -> HttpResponse:
    """Gives them to whom was chosen, who gets one mail of all; what belongs to another business stays."""
    allowed = _answerable(viewer, pks)
    to = chosen(viewer.businesses, request.POST.get("to", ""))
    places = [viewer.members[to.business_id]] if to else viewer.members.values()
    done = sum(assign_all(by.business_id, allowed, to, by) for by in places)
    if not pks:
        messages.error(request, _("Choose conversations first."))
    elif done:
        messages.success(request, words_of(to))
    else:
        messages.error(request, _("They belong to another business than the person you chose."))
    return redirect(with_query(request, reverse("gateway:inbox")))


def _snooze(pk: uuid.UUID) -> None:
    with change(pk) as message:
        snooze(message, tomorrow())


def _tagging(request: HttpRequest, viewer: Viewer) -> Action:
    tags = Tag.objects.filter(business__in=viewer.businesses)
    tag = tags.filter(pk__in=_uuids([request.POST.get("tag", "")])).first()
    if tag is None:
        raise Http404("There is no such tag.")
    return Action(lambda pk: put_on(pk, tag), _("Tagged “%(tag)s”.") % {"tag": tag.name})


def _answerable(viewer: Viewer, pks: list[str]) -> list[uuid.UUID]:
    """Those that he may act on, in the order in which they stand in the list. Raises PermissionDenied for none."""
    asked = _uuids(pks)
    found = CustomerMessage.objects.filter(pk__in=asked, merged_into=None)
    seen = dict(found.filter(business__in=viewer.businesses).values_list("pk", "business"))
    allowed = [pk for pk in asked if pk in seen and viewer.members[seen[pk]].may_answer]
    if seen and not allowed:
        raise PermissionDenied(_("Your role does not allow this."))
    return allowed


def _did(run: Callable[[uuid.UUID], None], pk: uuid.UUID) -> bool:
    try:
        run(pk)
    except CustomerMessage.DoesNotExist:
        return False
    return True


def _uuids(texts: list[str]) -> list[uuid.UUID]:
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError as error:
            raise Http404("That is no conversation.") from error
    return found
