"""The page on which a customer says for whom his text is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from gateway.asking.answer import Target, about, choose, target_of
from gateway.asking.ask import living_question
from gateway.asking.breath import held_for, shown_of
from gateway.asking.words import words_in
from gateway.client_address import client_address
from gateway.codes import listing_named
from gateway.conf import reply_domain, throttle_anonymous
from gateway.dashboard.brakes import Brake
from gateway.dashboard.customer_link import HEADERS, too_often
from gateway.dashboard.local_time import local_time
from gateway.links import question_of
from gateway.models import Business, Option, Question

LONGEST_NAME = 254


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def question_page(request: HttpRequest, signed: str) -> HttpResponse:
    """What the customer may choose from. Reading changes nothing: scanners of links read it too.

    It shows when a text came and nothing of it, and no name that the question did not name; who is
    unknown names the business himself, by what is public of it.
    """
    with local_time(request):
        response = _answer(request, signed)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, signed: str) -> HttpResponse:
    asked = question_of(signed)
    if asked is None:
        return render(request, "gateway/customer/missing.html", status=404)
    question = _waiting(asked)
    if question is None:
        return _page(request, asked, is_over=True)
    if request.method != "POST":
        return _page(request, question)
    brake = Brake("question", throttle_anonymous())
    if not (brake.allows(str(asked.pk)) and brake.allows(client_address(request))):
        return too_often(brake)
    return _choose(request, question)


def _choose(request: HttpRequest, question: Question) -> HttpResponse:
    named = _named(question, request.POST.get("option", ""), request.POST.get("name", ""))
    shown = request.POST.get("shown", "")
    if named is None:
        return _page(request, question, is_unclear=True)
    target, words = named
    message = choose(question, shown, target, words)
    rest = _waiting(question)
    if (
        message is None
    ):  # it was settled meanwhile, or he wrote more: what the page shows is another text now
        return _page(request, rest or question, is_unclear=rest is not None, is_over=rest is None)
    passed_on = words_in(question.language).passed_on.format(business=message.business.name)
    return _page(request, rest or question, passed_on=passed_on, is_over=rest is None)


def _waiting(asked: Question) -> Question | None:
    """What is asked of the same customer now, while something waits for it."""
    question = living_question(asked.sender, asked.address)
    if question and held_for(question).exists():
        return question
    return None


def _named(question: Question, option: str, name: str) -> tuple[Target, str] | None:
    """What was chosen, and its words; a choice of a question that was replaced meanwhile is unclear."""
    if option:
        chosen = next((each for each in _options(question) if str(each.pk) == option), None)
        target = target_of(chosen) if chosen else None
        return (target, chosen.name) if chosen and target else None
    listing = listing_named(name[:LONGEST_NAME])
    if listing is not None:
        return about(listing, question.sender, question.address), str(listing)
    slug, _at, domain = name[:LONGEST_NAME].strip().lower().partition("@")
    business = Business.objects.filter(slug=slug).first() if domain == reply_domain() else None
    return (Target(business), business.name) if business else None


def _options(question: Question) -> list[Option]:
    """Those that name a business."""
    options = question.options.select_related("business", "message")
    return [option for option in options if option.business is not None]


def _page(request: HttpRequest, question: Question, **state: Any) -> HttpResponse:
    context = {
        "words": words_in(question.language),
        "language": question.language,
        "options": _options(question),
        "shown": shown_of(question, list(held_for(question))),
        **state,
    }
    return render(request, "gateway/customer/question.html", context)
