"""Keep a partner on copy in the reply box."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from gateway.models import CustomerMessage, Membership
from tests.browser.conftest import Window
from tests.factories import make_message, make_sender

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOM = "tom@workshop.example"


@pytest.fixture
def message(ann: Membership) -> CustomerMessage:
    make_sender(ann.business)
    return make_message(ann, sender_name="Maya Okafor", sender_phone="+14155550199")


def test_a_partner_is_kept_on_copy_by_email_and_by_nothing_else(
    window: Window, ann: Membership, message: CustomerMessage
) -> None:
    page = window.page
    window.sign_in(ann)
    window.choose("Maya Okafor")
    page.wait_for_load_state("load")
    page.locator(".ways label", has_text="Email").click()
    page.get_by_text("Copy to…").click()
    assert window.barriers() == []
    field = page.get_by_label("Copy to", exact=True)
    window.write("Half a sentence")
    field.fill(f"Tom Baker <{TOM}>")
    field.press("Enter")
    tom = page.get_by_role("checkbox", name="Tom Baker")
    expect(tom).to_be_checked()
    expect(page.get_by_label("Reply to")).to_have_value("Half a sentence")
    assert window.barriers() == []
    window.write("It takes two hours.")
    window.send()
    expect(page.locator("#thread .out")).to_contain_text(f"Copy to {TOM}")
    expect(tom).to_be_checked()
    page.locator(".ways label", has_text="SMS").click()
    expect(tom).to_be_hidden()
    expect(page.get_by_text("Copies go out with email only.")).to_be_visible()
    assert window.barriers() == []
    page.locator(".ways label", has_text="Email").click()
    tom.uncheck()
    window.write("And one more thing.")
    window.send()
    expect(page.locator("#thread .out")).to_have_count(2)
    expect(page.locator("#thread .out").last).not_to_contain_text("Copy to")
    assert not message.copies.exists()
