"""The page behind a button in a notification: what will happen, and the button that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from gateway.action_links import Asked, Do, LinkEnded, asked_by
from gateway.dashboard.actions import ACTIONS
from gateway.dashboard.customer_link import HEADERS
from gateway.dashboard.local_time import local_time
from gateway.dashboard.mail_actions import Changed, plan_of, problem_of, send
from gateway.models import CustomerMessage
from gateway.models.listing import can_be_sold
from gateway.outbound.ways import NotReachable
from gateway.participants import contact_name


@dataclass(frozen=True)
class Words:
    """What the page says of a change: the question, its button, how it then is, and the button to undo it."""

    question: str | Promise
    button: str | Promise
    done: str | Promise
    undo: str | Promise = ""


WORDS = {
    Do.ARCHIVE: Words(
        gettext_lazy("Move it to the archive?"),
        gettext_lazy("Archive"),
        gettext_lazy("It is in the archive."),
        gettext_lazy("Undo"),
    ),
    Do.SPAM: Words(
        gettext_lazy("Is it spam?"),
        gettext_lazy("It is spam"),
        gettext_lazy("It is in spam."),
        gettext_lazy("Undo"),
    ),
    Do.SOLD: Words(
        gettext_lazy("Mark as sold?"),
        gettext_lazy("Mark as sold"),
        gettext_lazy("It is marked as sold."),
    ),
}
# The names in ACTIONS of what does it and what undoes it.
SWITCHES = {Do.ARCHIVE: ("archive", "unarchive"), Do.SPAM: ("spam", "not-spam")}


# The address itself is the secret: who does not know it cannot have it posted, and who knows it needs no
# cookie, which browsers inside mail programs may not keep.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def action(request: HttpRequest, signed: str) -> HttpResponse:
    """Does what a link in a notification asks for, by POST only: mail scanners open links."""
    with local_time(request):
        response = _answer(request, signed)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, signed: str) -> HttpResponse:
    try:
        asked = asked_by(signed)
    except LinkEnded as ended:
        return render(request, "gateway/action_ended.html", {"why": str(ended)}, status=410)
    if asked is None:
        return render(request, "gateway/customer/missing.html", status=404)
    return _quick_answer(request, asked) if asked.do == Do.ANSWER else _change(request, asked)


def _quick_answer(request: HttpRequest, asked: Asked) -> HttpResponse:
    is_done, problem = False, ""
    before = plan_of(asked)
    if request.method == "POST" and not (before.problem or before.sent_at):
        try:
            send(asked, request.POST.get("seen", ""))
            is_done = True
        except Changed:
            problem = _(
                "Something changed while this page was open. Read it again, then press the button."
            )
        except NotReachable as error:
            problem = error.reason
    plan = before if is_done else plan_of(asked)
    context = {"plan": plan, "is_done": is_done, "problem": problem}
    return _page(request, "gateway/action_answer.html", asked, **context)


def _change(request: HttpRequest, asked: Asked) -> HttpResponse:
    problem = problem_of(asked) or _why_not_sold(asked)
    is_pressed = request.method == "POST" and not problem
    is_sold_now = is_pressed and asked.do == Do.SOLD  # a host's listing may not say that it is
    if is_pressed:
        _do(asked, is_undo="undo" in request.POST)
        asked.message.refresh_from_db()
    context = {
        "words": WORDS[asked.do],
        "problem": problem,
        "is_done": not problem and (_is_done(asked) or is_sold_now),
    }
    return _page(request, "gateway/action_change.html", asked, **context)


def _do(asked: Asked, *, is_undo: bool) -> None:
    listing: Any = asked.message.listing
    if asked.do == Do.SOLD:
        if not _is_sold(asked.message):
            listing.mark_sold()
    elif _is_done(asked) == is_undo:  # pressed again, it changes nothing
        ACTIONS[SWITCHES[asked.do][is_undo]].run(asked.message.pk)


def _is_done(asked: Asked) -> bool:
    message = asked.message
    if asked.do == Do.ARCHIVE:
        return message.is_archived
    return message.is_spam if asked.do == Do.SPAM else _is_sold(message)


def _is_sold(message: CustomerMessage) -> bool:
    return bool(getattr(message.listing, "is_sold", False))


def _why_not_sold(asked: Asked) -> str:
    listing: models.Model | None = asked.message.listing
    if asked.do != Do.SOLD or (listing is not None and can_be_sold(listing)):
        return ""
    return _("The listing was deleted, or cannot be marked as sold.")


def _page(request: HttpRequest, template: str, asked: Asked, **said: Any) -> HttpResponse:
    message = asked.message
    context = {
        "asked": asked,
        "message": message,
        "customer": contact_name(message.contact, message),
        "url": reverse("gateway:conversation", args=[message.pk]),
        **said,
    }
    return render(request, template, context)
