"""Work with others: invite somebody, who makes an account; give him a conversation; see that he looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from channels_out.models import Delivery
from gateway.models import CustomerMessage, Membership, Role
from tests.browser.conftest import WIDE, Window, silent_window
from tests.factories import make_member, make_message, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def other(chromium: Browser, live_server: Any) -> Iterator[Window]:
    """The window of somebody else."""
    with silent_window(chromium, live_server.url, WIDE) as opened:
        yield opened


@pytest.fixture
def ben(ann: Membership) -> Membership:
    """A colleague of Ann's."""
    return make_member(ann.business, Role.MEMBER, make_user(first_name="Ben"))


@pytest.fixture
def maya(ann: Membership) -> CustomerMessage:
    """What a customer asked."""
    return make_message(ann, sender_name="Maya Okafor")


def test_who_is_invited_makes_an_account_and_is_given_a_conversation(
    window: Window, other: Window, ann: Membership, maya: CustomerMessage
) -> None:
    page = window.page
    window.sign_in(ann)
    window.open(f"/settings/members/{ann.business_id}/")
    assert window.barriers() == []
    page.get_by_label("Mail address").fill("zoe@home.example")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("#flash")).to_contain_text("on its way to zoe@home.example")
    expect(page.locator("#main")).to_contain_text("works until")
    assert window.barriers() == []
    mail = Delivery.objects.get(to_address="zoe@home.example").payload["text"]
    link = re.search(r"/invitations/\S+/", mail)
    assert link
    other.open(link[0])
    assert other.barriers() == []
    expect(other.page.get_by_label("Mail address")).to_have_value("zoe@home.example")
    other.page.get_by_label("First name").fill("Zoe")
    other.page.get_by_label("Password").fill("a long sentence of mine")
    other.page.get_by_role("button", name="Join").click()
    expect(other.page.locator("#rows")).to_contain_text("Maya Okafor")
    window.open(f"/conversations/{maya.pk}/")
    page.locator("#assign-menu > summary").click()
    assert window.barriers() == []
    page.locator("#assign-menu").get_by_role("button", name="Zoe").click()
    expect(page.locator("#assign-menu > summary")).to_contain_text("Zoe")
    other.open("/?assigned=me")
    expect(other.page.locator("#rows")).to_contain_text("Maya Okafor")
    assert other.barriers() == []


def test_two_at_one_conversation_see_each_other(
    window: Window, other: Window, ann: Membership, ben: Membership, maya: CustomerMessage
) -> None:
    window.sign_in(ann)
    window.choose("Maya Okafor")
    other.sign_in(ben)
    other.choose("Maya Okafor")
    here = window.page.locator("#here")
    expect(here).to_have_text("Ben is looking at this.", timeout=20_000)
    expect(other.page.locator("#here")).to_contain_text(f"{ann.user.email} is looking")
    other.write("It is")
    expect(here).to_have_text("Ben is writing.", timeout=20_000)
    assert window.barriers() == []
