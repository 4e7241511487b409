"""All of the daily work is done with JavaScript off: forms and links are enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from gateway.checks.runs import run_due
from gateway.models import CustomerMessage, Membership, Status
from tests.browser.conftest import WIDE, Window, box_of
from tests.factories import make_message

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def window(chromium: Browser, live_server: Any) -> Iterator[Window]:
    """A window in which no script runs."""
    context = chromium.new_context(viewport=WIDE, java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield Window(context.new_page(), live_server.url)
    context.close()


@pytest.fixture
def two(ann: Membership) -> list[CustomerMessage]:
    """Two conversations; Ben's is the newer one."""
    return [make_message(ann, f"Hello from {name}.", sender_name=name) for name in ("Ann", "Ben")]


def test_one_signs_in_reads_answers_and_archives(
    window: Window, ann: Membership, two: list[CustomerMessage]
) -> None:
    page = window.page
    window.sign_in(ann)
    expect(page).to_have_title("(2) Inbox · Gateway")
    window.choose("Ben")
    expect(page.locator("#thread .in")).to_contain_text("Hello from Ben.")
    window.write("Yes, come by.")
    page.set_viewport_size({"width": 1200, "height": 900})
    send, reply = box_of(page.locator(".send")), box_of(page.locator("#composer"))
    assert send["x"] + send["width"] < reply["x"] + reply["width"]
    window.send()
    expect(page.locator("#thread .out")).to_contain_text("Yes, come by.")
    expect(page.get_by_label("Reply to")).to_be_empty()
    page.get_by_role("button", name="Archive").click()
    expect(page.locator("#rows")).not_to_contain_text("Ben")
    expect(page.locator("#flash")).to_contain_text("Moved to the archive.")
    two[1].refresh_from_db()
    assert two[1].status == Status.ARCHIVED
    page.get_by_role("link", name="Archived").click()
    window.choose("Ben")
    expect(page.locator("#thread .out")).to_contain_text("Yes, come by.")


def test_one_searches_narrows_chooses_several_and_puts_them_away(
    window: Window, ann: Membership, two: list[CustomerMessage]
) -> None:
    page = window.page
    window.sign_in(ann)
    page.locator("#filter-q").fill("Ben")
    page.keyboard.press("Enter")
    expect(page.locator("#rows a.conv")).to_have_count(1)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#rows a.conv")).to_have_count(2)
    for name in ("Ann", "Ben"):
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    page.locator("#bulk").get_by_role("button", name="Archive").click()
    expect(page.locator("#rows a.conv")).to_have_count(0)
    assert not CustomerMessage.objects.exclude(status=Status.ARCHIVED).exists()


def test_one_tests_the_installation_and_looks_at_the_numbers(
    window: Window, ann: Membership
) -> None:
    page = window.page
    window.sign_in(ann)
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("button", name="Test Worker").click()
    expect(page.locator("#found-worker")).to_contain_text("Being tested")
    run_due()
    page.get_by_role("link", name="Look whether it is done").click()
    expect(page.locator("#found-worker")).to_contain_text("A worker took this up")
    make_message(ann)
    window.open("/glance/")
    page.get_by_text("Messages by day, as a table").click()
    expect(page.get_by_role("table").first).to_be_visible()
