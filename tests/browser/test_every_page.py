"""Every page in every size and theme: no barrier, no complaint, no weight, nothing that runs out of the window.

PICTURES=folder keeps a picture of each, to be looked at.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client
from playwright.sync_api import Browser

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.action_links import Do, action_url
from gateway.invitations import invite
from gateway.links import another_way_url, conversation_url, question_url, unsubscribe_url
from gateway.models import HeldItem, HeldReason, Kind, Membership, Question, Role
from gateway.participants import member_of
from tests.browser.conftest import Window, silent_window
from tests.factories import make_sender
from tests.gateway.dashboard.every_page import World, make_world, pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WIDTHS = {320: 640, 768: 1024, 1440: 900}
THEMES = ("light", "dark")
# Answers to a script, and a way out to another page.
NO_PAGES = {"changes", "news", "offer_canned", "own_glance"}
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOADED = """
() => performance.getEntriesByType("resource").map(({name}) => name)
  .filter((name) => /\\.(css|js)(\\?|$)/.test(name))
"""
MOST = 100_000  # bytes of styles and scripts, compressed

ACCOUNT = ("2fa/", "sessions/", "password/change/", "reauthenticate/", "2fa/app/", "logout/")
ENTRANCES = ("login/", "signup/", "password/reset/", "password/reset/done/")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_has_no_barrier(
    chromium: Browser, live_server: Any, ann: Membership, width: int, theme: str
) -> None:
    world, client = make_world(ann), Client()
    client.force_login(ann.user)
    links = dict(links_of(world))
    found = {}
    with silent_window(
        chromium, live_server.url, {"width": width, "height": WIDTHS[width]}
    ) as window:
        window.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        outside = [(name_of(path), f"/accounts/{path}") for path in ENTRANCES] + [*links.items()]
        for name, path in outside:
            found[name] = wrong_with(window, name, path, theme)
        window.sign_in(ann)
        own = [(name_of(path), f"/accounts/{path}") for path in ACCOUNT]
        for name, path in [*pages(client, world), *own]:
            if name not in NO_PAGES:
                found[name] = wrong_with(window, name, path, theme)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def wrong_with(window: Window, name: str, path: str, theme: str) -> list[str]:
    """What stands in a reader's way on this page."""
    window.open(path)
    wrong = window.barriers()
    if window.page.evaluate(OVERFLOW) > 0:
        wrong.append("wider than the window")
    if not 0 < (weight := weight_of(window)) < MOST:
        wrong.append(f"{weight} bytes of styles and scripts")
    if folder := os.environ.get("PICTURES"):
        width = window.page.viewport_size["width"]  # type: ignore[index]
        picture = Path(folder) / f"{name}-{width}-{theme}.png"
        window.page.screenshot(path=picture, full_page=True)
    return wrong


def weight_of(window: Window) -> int:
    """How many bytes of styles and scripts, compressed, the page has loaded."""
    return sum(map(compressed, window.page.evaluate(LOADED)))


@cache
def compressed(url: str) -> int:
    return len(gzip.compress(requests.get(url, timeout=10).content))


def name_of(path: str) -> str:
    """What a picture of an account's page is called."""
    return f"account-{path.strip('/').replace('/', '-')}"


def links_of(world: World) -> Iterator[tuple[str, str]]:
    """Pages that a signed link of a mail or a text opens, by name."""
    ann, message = world.ann, world.message
    number = make_sender(None)
    question = Question.objects.create(
        sender=number, address="+14155550142", normalized="+14155550142", kind=Kind.UNKNOWN
    )
    HeldItem.objects.create(
        reason=HeldReason.SHARED_NUMBER, channel=Channel.SMS, question=question, text="Hello?"
    )
    invite(ann, "ben@home.example", Role.MEMBER)
    mail = Delivery.objects.get(purpose="invitation")
    invitation = re.search(r"https?://\S+/invitations/\S+/", mail.rendered.text)
    assert invitation
    side = member_of(message, ann)
    for name, url in {
        "question": question_url(question),
        "unsubscribe": unsubscribe_url(ann),
        "act-archive": action_url(side, message.pk, Do.ARCHIVE),
        "another-way": another_way_url(world.reply, ann, Channel.EMAIL),
        "invitation": invitation[0],
        "conversation-link": conversation_url(message),
    }.items():
        yield name, re.sub(r"^https?://[^/]+", "", url)
