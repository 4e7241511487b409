"""What an owner sees: light and dark, the tab's mark, a customer's name and picture, and an away answer."""

from __future__ import annotations

import io
from itertools import product

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from channels_out.models import Sender
from gateway.inbound.messages import InboundFile
from gateway.models import Membership, MessageReply
from tests.browser.conftest import PHONE, WIDE, Window, box_of
from tests.factories import make_member, make_message, make_reply, make_sender, make_text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCHEME = "getComputedStyle(document.documentElement).colorScheme"
TEXT = "getComputedStyle(document.body).color"
LINE_AND_TEXT = """
(element) => {
  const {borderTopStyle, borderTopColor, color} = getComputedStyle(element);
  return [borderTopStyle, borderTopColor, color];
}
"""
LEAST = 140  # pixels for a customer's name and subject


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


def test_the_away_answer_is_read_within_its_dashed_line(window: Window, ann: Membership) -> None:
    message = make_message(ann)
    reply = make_reply(message, ann, "We are closed and answer tomorrow.")
    MessageReply.objects.filter(pk=reply.pk).update(is_automatic=True)
    page = window.page
    window.sign_in(ann)
    window.choose("Maya Okafor")
    for size, theme in product((WIDE, PHONE), ("light", "dark")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        line, edge, colour = page.locator("#thread .auto > .b").evaluate(LINE_AND_TEXT)
        assert (line, colour) == ("dashed", page.evaluate(TEXT)), (size, theme)
        assert edge != "rgba(0, 0, 0, 0)", (size, theme)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_conversation_names_its_customer_at_every_width(
    window: Window, ann: Membership, language: str
) -> None:
    make_member(ann.business)
    make_message(ann, sender_name="Alexandra Konstantinopoulou")
    page = window.page
    window.sign_in(ann)
    window.choose("Alexandra Konstantinopoulou")
    page.set_extra_http_headers({"Accept-Language": language})
    page.reload()
    expect(page.locator(f"html[lang={language}]")).to_be_attached()
    room = {}
    for width in (360, 401, 761, 1001, 1181, 1280, 1440, 1501, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        room[width] = box_of(page.locator("#thread-head .who"))["width"]
        actions = box_of(page.locator("#thread-head .actions"))
        assert actions["x"] + actions["width"] <= width, width
    assert {width: wide for width, wide in room.items() if wide < LEAST} == {}
