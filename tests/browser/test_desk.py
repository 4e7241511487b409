"""Work through many conversations: by keys, several at once, put away, with notes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gateway.models import CustomerMessage, Membership, Note, Status
from gateway.tags import put_on, tag_named
from tests.browser.conftest import Window
from tests.factories import make_message

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three(ann: Membership) -> list[CustomerMessage]:
    """Three conversations; Cleo's is the newest."""
    return [make_message(ann, sender_name=name) for name in ("Ann", "Ben", "Cleo")]


def sign_in(window: Window, ann: Membership) -> None:
    """Keys are heard once the page's scripts have run."""
    window.sign_in(ann)
    window.page.wait_for_load_state("load")


def test_one_works_through_the_inbox_by_keys(
    window: Window, ann: Membership, three: list[CustomerMessage]
) -> None:
    page, name = window.page, window.page.locator("#customer-name")
    sign_in(window, ann)
    page.keyboard.press("j")
    expect(name).to_have_text("Cleo")
    page.keyboard.press("j")
    expect(name).to_have_text("Ben")
    page.keyboard.press("k")
    expect(name).to_have_text("Cleo")
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("je/?")  # keys are letters while one types
    expect(page.locator("#reply")).to_have_value("je/?")
    page.locator("#main").focus()
    page.keyboard.press("n")
    page.keyboard.type("Haggles.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#thread .noted")).to_contain_text("Haggles.")
    page.keyboard.press("s")
    expect(
        page.locator("#snooze-menu [value=later], #snooze-menu [value=tomorrow]").first
    ).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("#main").focus()
    page.keyboard.press("e")
    expect(page.locator("#rows")).not_to_contain_text("Cleo")
    page.keyboard.press("/")
    expect(page.locator("#filter-q")).to_be_focused()
    assert Note.objects.get().text == "Haggles."
    three[2].refresh_from_db()
    assert three[2].status == Status.ARCHIVED


def test_keys_are_shown_and_can_be_turned_off(
    window: Window, ann: Membership, three: list[CustomerMessage]
) -> None:
    page = window.page
    sign_in(window, ann)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert window.barriers() == []
    page.get_by_label("Use these keys").uncheck()
    page.get_by_role("button", name="Close").click()
    window.open("/")  # which waits for the scripts
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("#customer-name")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use these keys").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#customer-name")).to_have_text("Cleo")


def test_one_goes_to_a_folder_or_searches_from_anywhere(
    window: Window, ann: Membership, three: list[CustomerMessage]
) -> None:
    page = window.page
    sign_in(window, ann)
    page.keyboard.press("Control+k")
    page.keyboard.type("arch")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".list-head h1")).to_have_text("Archived")
    page.keyboard.press("Control+k")
    page.keyboard.type("Ben")
    page.keyboard.press("Enter")
    expect(page.locator("#rows a.conv")).to_have_count(1)


def test_those_that_are_chosen_stay_so_while_news_come_and_move_together(
    window: Window, ann: Membership, three: list[CustomerMessage]
) -> None:
    page = window.page
    put_on(three[0].pk, tag_named(ann.business_id, "Repair"))
    sign_in(window, ann)
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    for name in ("Ann", "Ben"):
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    expect(bar).to_be_visible()
    make_message(ann, sender_name="Dan")
    expect(page.locator("#rows")).to_contain_text("Dan")
    expect(page.locator("#rows :checked")).to_have_count(2)
    assert window.barriers() == []
    bar.get_by_role("button", name="Snooze until tomorrow").click()
    expect(page.locator("#flash")).to_contain_text("2 conversations: Snoozed until tomorrow, 8:00.")
    expect(page.locator("#rows a.conv")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#rows a.conv")).to_have_count(4)


def test_what_is_typed_beside_a_conversation_stays_while_news_come(
    window: Window, ann: Membership, three: list[CustomerMessage]
) -> None:
    page = window.page
    sign_in(window, ann)
    window.choose("Cleo")
    page.get_by_label("Tag", exact=True).press_sequentially("Rep")
    make_message(ann, sender_name="Dan")
    expect(page.locator("#rows")).to_contain_text("Dan")
    expect(page.get_by_label("Tag", exact=True)).to_have_value("Rep")
    page.keyboard.type("air")
    page.keyboard.press("Enter")
    expect(page.locator(".tagging .tag a")).to_have_text("Repair")
    assert window.barriers() == []
