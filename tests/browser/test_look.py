"""What an owner sees of light and dark, of the tab's mark, and of a customer's picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from channels_out.models import Sender
from gateway.inbound.messages import InboundFile
from gateway.models import Membership
from tests.browser.conftest import Window
from tests.factories import make_message, make_sender, make_text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEME = "getComputedStyle(document.documentElement).colorScheme"


@pytest.fixture
def number(ann: Membership) -> Sender:
    return make_sender(ann.business)


def in_tab(page: Page) -> str:
    """What the mark of the tab counts."""
    href = page.locator("link[rel=icon]").get_attribute("href") or ""
    return str(page.evaluate("async (href) => (await fetch(href)).text()", href.strip()))


def test_the_switch_goes_against_the_system_and_back_to_it(window: Window, ann: Membership) -> None:
    page = window.page
    page.emulate_media(color_scheme="light")
    window.sign_in(ann)
    page.wait_for_load_state("load")
    switch = page.get_by_role("button", name="Light or dark")
    switch.click()
    assert page.evaluate(SCHEME) == "dark"
    page.reload()
    assert page.evaluate(SCHEME) == "dark"
    assert window.barriers() == []
    page.wait_for_load_state("load")
    switch.click()
    page.reload()
    assert page.evaluate(SCHEME) == "light dark"


def test_the_mark_of_the_tab_counts_what_is_unread(window: Window, ann: Membership) -> None:
    make_message(ann, sender_name="Maya Okafor")
    make_message(ann, sender_name="Ben")
    window.sign_in(ann)
    window.page.wait_for_load_state("load")
    assert ">2</text>" in in_tab(window.page)
    window.choose("Maya Okafor")
    expect(window.page.locator("link[rel=icon]")).to_have_attribute("href", "/unread/1.svg")
    assert ">1</text>" in in_tab(window.page)
    window.choose("Ben")
    expect(window.page.locator("link[rel=icon]")).to_have_attribute(
        "href", "/static/gateway/logo.svg"
    )


def test_a_picture_opens_large_above_its_conversation(
    window: Window, ann: Membership, number: Sender
) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (1600, 1200), "teal").save(photo, "JPEG")
    sent = InboundFile("bike.jpg", "image/jpeg", photo.getvalue())
    make_text(number, "+14155550199", "Like this one?", from_name="Maya Okafor", files=(sent,))
    window.sign_in(ann)
    window.choose("Maya Okafor")
    window.page.wait_for_load_state("load")
    window.page.locator("#thread a.pic").click()
    large = window.page.get_by_role("dialog", name="Picture")
    expect(large.get_by_role("img", name="bike.jpg")).to_be_visible()
    assert window.barriers() == []
    window.page.keyboard.press("Escape")
    expect(large).to_be_hidden()
