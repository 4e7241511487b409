"""Every page of the dashboard asks as few questions of a full database as of an empty one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gateway.glance.days import count_due
from gateway.inbox import PAGE_SIZE, Cursor
from gateway.models import CustomerMessage, Membership
from tests.factories import make_business, make_member
from tests.gateway.dashboard.crowd import crowd
from tests.gateway.dashboard.every_page import World, make_world, pages
from tests.gateway.dashboard.pages import names_in, read

# The frame alone asks ten: who looks, his businesses, what is unread and held, what he has to be told.
MOST = 40
FOLDERS = ("unread", "waiting", "snoozed", "failed", "archived", "spam", "trash")


@pytest.fixture
def world(ann: Membership) -> World:
    return make_world(ann)


def test_every_page_asks_as_few_questions_of_five_thousand_conversations_as_of_a_hundred(
    browser: Client, world: World
) -> None:
    _compare(browser, world, 100, 5_000)


@pytest.mark.services
@pytest.mark.timeout(600)
def test_every_page_asks_as_few_questions_of_fifty_thousand_among_two_hundred_thousand(
    browser: Client, world: World
) -> None:
    for _ in range(3):
        crowd(make_member(make_business()).business, 50_000)
    _compare(browser, world, 100, 50_000)


def _compare(browser: Client, world: World, few: int, many: int) -> None:
    crowd(world.ann.business, few, found_by="tandem")
    asked_of_few = _asked(browser, world)
    crowd(world.ann.business, many - few, found_by="tandem")
    assert len(names_in(read(browser.get("/", {"q": "tandem"})))) == PAGE_SIZE
    assert _asked(browser, world) == asked_of_few
    assert {where: asked for where, asked in asked_of_few.items() if asked > MOST} == {}


def _asked(browser: Client, world: World) -> dict[str, int]:
    """How many queries each page takes, of which a worker has counted all that it counts."""
    count_due()
    browser.get("/")  # whatever a process asks once
    return {name: _queries(browser, path) for name, path in _pages(browser, world)}


def _queries(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(path)
    assert answer.status_code in {200, 302}, f"{path}: {answer.status_code}"
    return len(queries)


def _pages(browser: Client, world: World) -> Iterator[tuple[str, str]]:
    """Every route that can be looked at, and the list in every way of asking for it."""
    yield from pages(browser, world)
    cursor = Cursor.of(CustomerMessage.objects.order_by("-last_activity_at")[40])
    narrowed = {
        "after": cursor,
        "q": "tandem",
        "channel": "sms",
        "tag": world.tag.pk,
        "listing": world.listing.pk,
        "since": "2020-01-01",
    }
    yield from ((f"folder {folder}", f"/?folder={folder}") for folder in FOLDERS)
    yield from ((f"list by {name}", f"/?{name}={value}") for name, value in narrowed.items())
