"""One conversation: read it, answer it, and move it between folders."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gateway.copies import CannotCopy
from gateway.dashboard.access import Viewer, member_page
from gateway.dashboard.actions import ACTIONS, tell
from gateway.dashboard.compose import (
    Kept,
    ReplyForm,
    SentBefore,
    Unseen,
    colleagues_since,
    composer_for,
    send,
    taken_back,
)
from gateway.dashboard.customer import customer_pane
from gateway.dashboard.filters import with_query
from gateway.dashboard.shell import inbox_shell
from gateway.dashboard.snoozing import choices
from gateway.dashboard.thread import thread_of
from gateway.models import CustomerMessage, MessageReply
from gateway.outbound.ways import NotReachable
from gateway.presence import who_else
from gateway.words import channel_name


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def conversation(request: HttpRequest, viewer: Viewer, pk: uuid.UUID) -> HttpResponse:
    """Shows a conversation, and takes an answer to it.

    Whoever may answer and truly looks at it has then read it. An answer is sent once; when it
    cannot be, the page says why and shows what was typed.
    """
    message = viewer.conversation(pk)
    if request.method == "POST":
        return _reply(request, viewer, message)
    if message.pk != pk:
        messages.info(request, _("It is a part of this conversation now."))
        return _to_conversation(request, message)
    if _is_looked_at(request) and viewer.member(message).may_answer:
        message.mark_as_read()
    kept = taken_back(message, viewer.member(message), request.GET.get("draft", ""))
    return _page(request, viewer, message, kept)


@require_POST
@member_page
def act(request: HttpRequest, viewer: Viewer, pk: uuid.UUID, action: str) -> HttpResponse:
    """Moves a conversation between folders, or marks it; then shows it, or the list it left."""
    message = viewer.conversation(pk)
    viewer.answering(message)
    wanted = ACTIONS.get(action)
    if wanted is None:
        raise Http404("There is no such action.")
    if message.pk != pk:
        messages.info(request, _("It was joined to this conversation meanwhile; nothing was done."))
        return _to_conversation(request, message)
    wanted.run(message.pk)
    tell(request, wanted.done, wanted.undo, [message.pk])
    if wanted.leaves:
        return redirect(with_query(request, reverse("gateway:inbox")))
    return _to_conversation(request, message)


def _reply(request: HttpRequest, viewer: Viewer, message: CustomerMessage) -> HttpResponse:
    member = viewer.answering(message)
    form = ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, viewer, message, form.problems)
    try:
        made = send(form, message, member)
    except Unseen as error:
        return _again(request, viewer, message, (_unseen(error.written),))
    except SentBefore:
        problem = _("Another text was sent from this page before. Look above, then send this one.")
        return _again(request, viewer, message, (problem,), fresh=True)
    except NotReachable as error:
        return _again(request, viewer, message, (error.reason, _instead(error)))
    except CannotCopy as error:
        return _again(request, viewer, message, (str(error),))
    if made is not None:
        _tell_of_colleagues(request, message, form.cleaned_data["seen"], made)
    return _to_conversation(request, message)


def _is_looked_at(request: HttpRequest) -> bool:
    purposes = (request.headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Moz"))
    return request.method == "GET" and not any("prefetch" in value for value in purposes)


def _again(
    request: HttpRequest,
    viewer: Viewer,
    message: CustomerMessage,
    problems: tuple[str, ...],
    *,
    fresh: bool = False,
) -> HttpResponse:
    """The page with what was typed. The same form id goes on, unless it was used up by another text."""
    sent = _uuid(request.POST.get("form_id"))
    kept = Kept(
        form_id=uuid.uuid4() if fresh or sent is None else sent,
        text=request.POST.get("reply", ""),
        channel=request.POST.get("channel", ""),
        problems=problems,
        suggestion=request.POST.get("suggestion", ""),
        left_off=_left_off(request, message),
        copy_to=request.POST.get("copy_to", ""),
    )
    return _page(request, viewer, message, kept)


def _unseen(written: MessageReply) -> str:
    if written.by_partner:
        said = {"name": written.sender_name}
        return (
            _("%(name)s, who is on copy, wrote meanwhile. Read it above, then send your answer.")
            % said
        )
    return _("The customer wrote meanwhile. Read it above, then send your answer.")


def _left_off(request: HttpRequest, message: CustomerMessage) -> tuple[str, ...]:
    """Whose box was emptied on the page."""
    kept = request.POST.getlist("copies")
    if "has_copies" not in request.POST:
        return ()
    return tuple(copy.address for copy in message.copies.all() if copy.address not in kept)


def _page(
    request: HttpRequest,
    viewer: Viewer,
    message: CustomerMessage,
    kept: Kept | None = None,
) -> HttpResponse:
    shell = inbox_shell(request, viewer, message.pk)
    thread = thread_of(message, whole="whole" in request.GET)
    context = {
        "shell": shell,
        "message": message,
        "member": viewer.member(message),
        "thread": thread,
        "composer": composer_for(message, viewer.member(message), thread.newest, kept),
        "customer": customer_pane(message),
        "snoozing": choices(),
        "here": who_else(message, viewer.user),
    }
    return render(request, "gateway/conversation.html", context)


def _instead(error: NotReachable) -> str:
    if not error.usable:
        return _("There is no other way to reach this customer now.")
    usable = _(" or ").join(str(channel_name(channel)) for channel in error.usable)
    return _("You can use %(channels)s.") % {"channels": usable}


def _tell_of_colleagues(
    request: HttpRequest, message: CustomerMessage, seen: uuid.UUID, made: MessageReply
) -> None:
    others = colleagues_since(message, seen, made)
    if others:
        words = _("%(names)s answered at the same time. Both answers were sent.")
        messages.warning(request, words % {"names": _(" and ").join(others)})


def _to_conversation(request: HttpRequest, message: CustomerMessage) -> HttpResponse:
    return redirect(with_query(request, reverse("gateway:conversation", args=[message.pk])))


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
