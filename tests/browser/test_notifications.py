"""Notifications of the browser: for news while nobody looks, of one page alone, and only where allowed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gateway.models import Membership
from tests.browser.conftest import PHONE, Window, box_of
from tests.factories import make_message

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A browser without a screen shows none: this one remembers them, and looks away when it is told to.
REMEMBER = """
window.told = [];
window.isAway = false;
window.permission = "%s";
Object.defineProperty(document, "hidden", { get: () => window.isAway });
window.Notification = class extends EventTarget {
  static get permission() { return window.permission; }
  static async requestPermission() { window.permission = "granted"; }
  constructor(title, { body }) { super(); window.told.push(`${title}: ${body}`); }
};
"""
LOOK = """
(isAway) => {
  window.isAway = isAway;
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
PAUSE = 15_000  # milliseconds between two questions


def opened(window: Window, ann: Membership, permission: str) -> None:
    window.page.add_init_script(REMEMBER % permission)
    window.sign_in(ann)
    window.page.clock.install()
    window.open(f"/settings/notifications/{ann.business_id}/")


def looks_away(window: Window) -> None:
    with window.page.expect_response("**/settings/notifications/news/**"):
        window.page.evaluate(LOOK, True)


def time_passes(window: Window) -> list[str]:
    """What the browser has told, once it has asked again."""
    with window.page.expect_response("**/settings/notifications/news/**"):
        window.page.clock.fast_forward(PAUSE)
    window.page.wait_for_function("() => window.told.length")
    return list(window.page.evaluate("() => window.told"))


def test_what_comes_in_while_nobody_looks_is_told_once(window: Window, ann: Membership) -> None:
    make_message(ann, "From before")
    opened(window, ann, "granted")
    expect(window.page.locator("[data-browser-notifications]")).to_contain_text(
        "This browser shows notifications"
    )
    looks_away(window)
    make_message(ann, "Is it still there?", sender_email="noor@home.example", sender_name="Noor")
    for _ in range(2):
        assert time_passes(window) == ["Noor: Is it still there?"]


def test_the_button_asks_the_browser_for_leave(window: Window, ann: Membership) -> None:
    window.page.set_viewport_size(PHONE)
    opened(window, ann, "default")
    place = window.page.locator("[data-browser-notifications]")
    button = place.get_by_role("button", name="Allow notifications in this browser")
    said = box_of(place.get_by_role("status"))
    assert said["y"] + said["height"] <= box_of(button)["y"]
    button.click()
    expect(place).to_contain_text("This browser shows notifications")
    expect(place.get_by_role("button")).to_be_hidden()
    looks_away(window)
    make_message(ann, "Hello?")
    assert time_passes(window) == ["Maya Okafor: Hello?"]


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 700}])
def test_the_page_fits_and_has_no_barriers(window: Window, ann: Membership) -> None:
    opened(window, ann, "denied")
    expect(window.page.locator("[data-browser-notifications]")).to_contain_text("refuses")
    assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert window.barriers() == []
