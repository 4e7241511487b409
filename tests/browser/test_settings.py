"""A person's own settings in a real browser: name, addresses, tokens, the second step, devices."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from playwright.sync_api import expect

from channels_out.channel import Channel
from channels_out.models import Delivery
from gateway.models import Membership
from tests.browser.conftest import Window
from tests.factories import PASSWORD, make_sender

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "profile/",
    "addresses/",
    "tokens/",
    "numbers/{business}/",
    "templates/{business}/",
    "templates/{business}/new/",
    "business/{business}/name/",
)


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def sent(address: str) -> str:
    return str(Delivery.objects.filter(to_address=address).latest("created_at").payload["text"])


def go_to(window: Window, name: str) -> None:
    window.open("/settings/")
    window.page.locator("#rows").get_by_role("link", name=name).click()
    expect(window.page.locator("#settings-title")).to_have_text(name)


def test_a_person_settles_his_name_and_his_addresses(window: Window, ann: Membership) -> None:
    make_sender(ann.business)
    window.sign_in(ann)
    go_to(window, "Profile")
    page = window.page
    page.get_by_label("First name").fill("Ann")
    page.locator("#profile").get_by_role("button", name="Save").click()
    expect(page.locator("#flash")).to_contain_text("Saved")

    go_to(window, "Addresses")
    page.get_by_label("Another mail address").fill("ann@home.example")
    page.get_by_role("button", name="Mail a link").click()
    expect(page.locator("main")).to_contain_text("Waits for you")
    link = re.search(r"/settings/addresses/confirm/\S+", sent("ann@home.example"))
    assert link
    window.open(link[0])
    assert window.barriers() == []
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.locator("main")).to_contain_text("ann@home.example Confirmed")

    page.get_by_label("Mobile number").fill("+1 415 555 0177")
    page.get_by_role("button", name="Text a code").click()
    expect(page.get_by_label("The code of the text")).to_be_visible()
    page.get_by_label("The code of the text").fill(sent("+14155550177")[:6])
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page.locator("#flash")).to_contain_text("+14155550177 is confirmed")


def test_a_token_is_made_copied_and_used(window: Window, ann: Membership, live_server: Any) -> None:
    window.sign_in(ann)
    go_to(window, "API tokens")
    page = window.page
    page.get_by_role("textbox", name="Name").fill("Web shop")
    page.get_by_role("button", name="Make a token").click()
    token = page.get_by_role("textbox", name="Your new token").input_value()
    assert window.barriers() == []
    headers = {"Authorization": f"Token {token}"}
    url = f"{live_server.url}/api/business/messages/unread/"
    assert requests.get(url, headers=headers, timeout=10).status_code == 200
    page.get_by_role("button", name="Revoke Web shop").click()
    expect(page.locator("#flash")).to_contain_text("opens nothing any more")
    assert requests.get(url, headers=headers, timeout=10).status_code == 401


def test_one_signs_in_with_a_second_step(window: Window, ann: Membership) -> None:
    window.sign_in(ann)
    page = window.page
    go_to(window, "Two-factor sign-in")
    assert window.barriers() == []
    page.get_by_role("link", name="Switch it on").click()
    expect(page.locator("h1")).to_have_text("Is it you?")
    assert window.barriers() == []
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("img.qr")).to_be_visible()
    assert window.barriers() == []
    secret = page.locator("#secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert window.barriers() == []

    go_to(window, "Signed-in devices")
    expect(page.locator(".entries")).to_contain_text("This browser")
    assert window.barriers() == []
    page.context.clear_cookies()
    window.open("/")
    page.get_by_label("Email").fill(ann.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text("Second step")
    assert window.barriers() == []
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#rows")).to_be_attached()


@pytest.mark.parametrize("size", [{"width": 320, "height": 700}, {"width": 1440, "height": 900}])
def test_every_page_fits_and_has_no_barriers(window: Window, ann: Membership) -> None:
    for channel in (Channel.SMS, Channel.WHATSAPP):
        make_sender(ann.business, channel)
    make_sender(None)
    window.sign_in(ann)
    for path in PAGES:
        window.open("/settings/" + path.format(business=ann.business_id))
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert window.barriers() == [], path
