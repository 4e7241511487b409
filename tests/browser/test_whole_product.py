"""An owner's days in the browser, on the product as it runs: web server, workers, and the simulator outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE, WIDE, Window, silent_window
from tests.product import Owner, Product, run_product
from tests.simulator_process import wait_for

pytestmark = pytest.mark.browser

PATIENCE = 20_000  # milliseconds: for what several processes do one after the other
MAYA, NOOR, JONAS, IDA = ("+14155550101", "+14155550102", "+14155550103", "+14155550104")
expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with run_product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="module")
def ann(product: Product) -> Owner:
    """A bike shop with a number for texts and a WhatsApp sender."""
    return product.seed(
        "ann@bikes.example",
        slug="bike-shop",
        name="Bike shop",
        sms="+14155551000",
        whatsapp="+14155551001",
    )


@pytest.fixture
def window(chromium: Browser, product: Product) -> Iterator[Window]:
    with silent_window(chromium, product.url, WIDE) as opened:
        yield opened


def begin(window: Window, owner: Owner, customer: str) -> None:
    """Signs in, and opens what this customer wrote as soon as it is there."""
    window.sign_in_as(owner.email, owner.password)
    window.page.locator("#rows a", has_text=customer).first.click(timeout=PATIENCE)
    window.page.wait_for_load_state("load")


def said_to(product: Product, number: str) -> list[str]:
    """What arrived on a customer's phone."""
    texts = product.simulator.texts(number)
    return [text["body"] for text in texts if text["direction"] != "inbound"]


def test_a_new_owner_is_led_to_a_first_customer(window: Window, product: Product) -> None:
    cleo = product.seed("cleo@cakes.example", slug="cakes", sms="+14155553000")
    page = window.page
    window.sign_in_as(cleo.email, cleo.password)
    page.locator("#rows a[href='/start/']").click()
    page.get_by_label("Name", exact=True).fill("Cleo's Cakes")
    page.locator("#business-form").get_by_role("button", name="Save").click()
    expect(page.locator("header .who")).to_contain_text("Cleo's Cakes")
    expect(page.locator(".ways-in")).to_contain_text("+14155553000")
    page.locator("#check-text").get_by_role("button").click()
    expect(page.locator("#check-text")).to_contain_text("Works", timeout=PATIENCE)
    assert window.barriers() == []
    page.get_by_role("link", name="To the inbox").click()
    expect(page.locator("#rows a.conv")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#rows a[href='/start/']")).to_have_count(0)


@pytest.mark.parametrize(("channel", "customer"), [("sms", MAYA), ("whatsapp", NOOR)])
def test_an_answer_arrives_on_the_phone_and_its_customer_writes_back(
    window: Window, product: Product, ann: Owner, channel: str, customer: str
) -> None:
    shop = ann.number(channel)
    product.simulator.send_text(
        customer, shop, f"Is it there? By {channel}", channel=channel, profile_name="Noor"
    )
    begin(window, ann, f"By {channel}")
    window.write("Yes, until six.")
    window.send()
    progress = window.page.locator("#thread .out footer")
    expect(progress).to_contain_text("Delivered", timeout=PATIENCE)
    assert any("Yes, until six." in text for text in said_to(product, customer))
    product.simulator.send_text(customer, shop, "On my way", channel=channel)
    expect(window.page.locator("#thread")).to_contain_text("On my way", timeout=PATIENCE)


def test_an_answer_goes_by_mail_and_the_customer_answers_it(
    window: Window, product: Product, ann: Owner
) -> None:
    product.simulator.compose("ida@home.example", ann.public_address, "Helmets", "In red?")
    begin(window, ann, "Helmets")
    window.write("In red and blue.")
    window.send()
    expect(window.page.locator("#thread .out footer")).to_contain_text("Sent", timeout=PATIENCE)

    def arrived() -> int | None:
        found = (
            product.simulator.mail(row["id"]) for row in product.simulator.mails("ida@home.example")
        )
        return next((mail["id"] for mail in found if "In red and blue." in mail["text"]), None)

    product.simulator.reply(wait_for(arrived), "Red, please!", style="outlook")
    expect(window.page.locator("#thread")).to_contain_text("Red, please!", timeout=PATIENCE)


def test_what_is_taken_back_in_time_reaches_nobody(
    window: Window, product: Product, ann: Owner
) -> None:
    product.simulator.send_text(JONAS, ann.number("sms"), "What does it cost?")
    begin(window, ann, "What does it cost?")
    window.write("Ten, no, a hundred.")
    window.send()
    window.page.get_by_role("button", name="Take back").click()
    expect(window.page.get_by_label("Reply to")).to_have_value("Ten, no, a hundred.")
    window.write("A hundred.")
    window.send()
    expect(
        window.page.locator("#thread .out", has_text="A hundred.").last.locator("footer")
    ).to_contain_text("Delivered", timeout=PATIENCE)
    assert [text for text in said_to(product, JONAS) if "no, a hundred" in text] == []


def test_a_snoozed_conversation_comes_back_with_its_customer(
    window: Window, product: Product, ann: Owner
) -> None:
    page, shop = window.page, ann.number("sms")
    product.simulator.send_text(IDA, shop, "Do you repair wheels?")
    begin(window, ann, "Do you repair wheels?")
    page.locator("#snooze-menu summary").click()
    page.locator("#snooze-menu [value=tomorrow]").click()
    expect(page.locator("#rows")).not_to_contain_text("Do you repair wheels?")
    page.get_by_role("link", name="Snoozed").click()
    expect(page.locator("#rows")).to_contain_text("Do you repair wheels?")
    page.locator("#rail").get_by_role("link", name="Inbox").click()
    product.simulator.send_text(IDA, shop, "Today, if possible")
    expect(page.locator("#rows")).to_contain_text("Today, if possible", timeout=PATIENCE)


def test_what_was_said_is_found_and_a_message_split_off_where_it_belongs(
    window: Window, product: Product, ann: Owner
) -> None:
    page, shop, customer = window.page, ann.number("sms"), "+14155550105"
    product.simulator.send_text(customer, shop, "The saddle squeaks")
    begin(window, ann, "The saddle squeaks")
    product.simulator.send_text(customer, shop, "And I want a unicycle")
    expect(page.locator("#thread")).to_contain_text("And I want a unicycle", timeout=PATIENCE)
    page.locator("#filter-q").fill("unicycle")
    page.keyboard.press("Enter")
    expect(page.locator("#rows mark")).to_have_text("unicycle", timeout=PATIENCE)
    page.locator("#rows a.conv").first.click()
    message = page.locator("#thread .in", has_text="unicycle")
    message.locator("summary", has_text="Filed by").click()
    message.get_by_role("link", name="Move it").click()
    page.get_by_label("A new conversation").check()
    page.get_by_role("button", name="Move").click()
    expect(page.locator("#thread .in .b")).to_have_text("And I want a unicycle")


def test_an_answer_from_a_strange_address_waits_until_it_is_approved(
    window: Window, product: Product, ann: Owner
) -> None:
    customer = "+14155550106"
    product.simulator.send_text(customer, ann.number("sms"), "Open on Sunday?")
    begin(window, ann, "Open on Sunday?")

    def told() -> int | None:
        found = (product.simulator.mail(row["id"]) for row in product.simulator.mails(ann.email))
        return next((mail["id"] for mail in found if "Open on Sunday?" in mail["text"]), None)

    product.simulator.reply(wait_for(told), "From ten to two.", **{"from": "ann@private.example"})
    page = window.page
    page.get_by_role("link", name="Held").click()
    page.locator("#rows a", has_text="From ten to two.").click(timeout=PATIENCE)
    page.get_by_role("button", name="Approve and send").click()
    expect(page.locator("#thread .out footer")).to_contain_text("Delivered", timeout=PATIENCE)
    assert any("From ten to two." in text for text in said_to(product, customer))


def test_a_colleague_joins_by_the_mail_that_invites_her(
    window: Window, product: Product, ann: Owner, chromium: Browser
) -> None:
    page = window.page
    window.sign_in_as(ann.email, ann.password)
    page.get_by_role("link", name="Settings").click()
    page.locator("#rows").get_by_role("link", name="People").click()
    page.get_by_label("Mail address").fill("bea@home.example")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("#main")).to_contain_text("bea@home.example")

    def invited() -> str | None:
        mails = (
            product.simulator.mail(row["id"]) for row in product.simulator.mails("bea@home.example")
        )
        links = (re.search(r"https?://\S+/invitations/\S+", mail["text"]) for mail in mails)
        return next((urlsplit(link[0]).path for link in links if link), None)

    with silent_window(chromium, product.url, WIDE) as hers:
        hers.open(wait_for(invited))
        hers.page.get_by_label("First name").fill("Bea")
        hers.page.get_by_label("Password").fill("a long sentence of mine")
        hers.page.get_by_role("button", name="Join").click()
        expect(hers.page.locator("#rows")).to_be_attached()


def test_settings_speak_another_language_from_then_on(
    window: Window, product: Product, ann: Owner
) -> None:
    page, customer = window.page, "+14155550107"
    window.sign_in_as(ann.email, ann.password)
    page.get_by_role("link", name="Settings").click()
    page.locator("#rows").get_by_role("link", name="Profile").click()
    page.get_by_label("Language").select_option("fr")
    page.locator("#language").get_by_role("button").click()
    expect(page.locator("#rail")).to_contain_text("Boîte de réception")
    product.simulator.send_text(customer, ann.number("sms"), "Bonjour, le tandem est-il là ?")

    def told() -> str | None:
        found = (product.simulator.mail(row["id"]) for row in product.simulator.mails(ann.email))
        return next((mail["text"] for mail in found if "le tandem" in mail["text"]), None)

    assert wait_for(told).startswith("Votre réponse part")
    page.get_by_label("Langue").select_option("")
    page.locator("#language").get_by_role("button").click()
    expect(page.locator("#rail")).to_contain_text("Inbox")


def test_on_a_phone_by_keys_alone_a_customer_is_answered(
    chromium: Browser, product: Product, ann: Owner
) -> None:
    customer = "+14155550108"
    product.simulator.send_text(customer, ann.number("sms"), "Is the shop open?")
    ann.wait_for_message("Is the shop open?")
    with silent_window(chromium, product.url, PHONE) as window:
        page = window.page
        window.sign_in_as(ann.email, ann.password)
        page.wait_for_load_state("load")
        page.keyboard.press("j")
        expect(page.locator("#thread")).to_contain_text("Is the shop open?")
        expect(page.locator(".list")).to_be_hidden()
        page.keyboard.press("r")
        page.keyboard.type("Until six.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#thread .out footer")).to_contain_text("Delivered", timeout=PATIENCE)
        assert any("Until six." in text for text in said_to(product, customer))
