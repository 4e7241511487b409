"""No page of the running product, simulator and all, has anything to say in the browser's console."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

import simulator
from tests.browser.conftest import WIDE, Window, silent_window
from tests.product import Owner, Product, run_product

pytestmark = pytest.mark.browser

PICTURE = Path(simulator.__file__).parent / "static" / "sample.jpg"
NOOR = "+14155550199"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with run_product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="module")
def ann(product: Product) -> Owner:
    """An owner who may also use the admin, to whom a customer sent a picture."""
    owner = product.seed("ann@bikes.example", slug="bike-shop", whatsapp="+14155551001")
    product.manage(
        "seed", f"--owner={owner.email}", "--password=correct-horse", "--slug=bike-shop", "--staff"
    )
    picture = {
        "name": "bike.jpg",
        "content_type": "image/jpeg",
        "base64": base64.b64encode(PICTURE.read_bytes()).decode(),
    }
    for number in (owner.number("whatsapp"), "+14155551002"):  # the second is nobody's: held
        product.simulator.send_text(
            NOOR,
            number,
            "Is this one there?",
            channel="whatsapp",
            profile_name="Noor",
            media=[picture],
        )
    owner.wait_for_message("Is this one there?")
    return owner


@pytest.fixture
def window(chromium: Browser, product: Product, ann: Owner) -> Iterator[Window]:
    with silent_window(chromium, product.url, WIDE) as opened:
        opened.sign_in_as(ann.email, ann.password)
        yield opened


def test_an_owner_looks_at_a_picture(window: Window) -> None:
    window.choose("Noor")
    picture = window.page.locator("#thread .pic img")
    expect(picture).to_have_js_property("complete", True)
    picture.click()
    large = window.page.get_by_role("dialog", name="Picture")
    expect(large.get_by_role("img")).to_have_js_property("complete", True)
    with window.page.expect_popup() as opened:
        large.get_by_role("link").click()
    opened.value.wait_for_url("**/attachments/**")
    opened.value.close()
    large.get_by_role("button", name="Close").click()
    expect(window.page.locator("#thread .pic")).to_be_visible()


def test_an_owner_whose_browser_has_an_add_on_that_styles_fields(window: Window) -> None:
    window.page.locator("#filter-q").evaluate("(field) => { field.style.color = 'red'; }")
    window.choose("Noor")
    expect(window.page.locator("#rows a[aria-current=page]")).to_have_count(1)


def test_a_customer_reads_and_writes_by_his_link(window: Window, ann: Owner) -> None:
    taken = ann.call(
        "POST",
        "customer/messages/",
        201,
        json={
            "recipient_id": ann.id,
            "sender_name": "Maya",
            "sender_email": "maya@home.example",
            "subject": "A question",
            "message": "Is the red bike there?",
        },
    )
    page = window.page
    window.open(urlsplit(taken["conversation_url"]).path)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Write something")
    page.get_by_label("Write to").fill("And the blue one?")
    page.get_by_label("Attach files").set_input_files(PICTURE)
    page.get_by_role("button", name="Send").dblclick()
    expect(page.locator(".msgs .out")).to_have_count(2)
    expect(page.locator(".msgs .out .pic img")).to_have_js_property("complete", True)
    expect(page.locator(".msgs .out").last).to_be_in_viewport()
    page.reload()
    expect(page.locator(".msgs .out")).to_have_count(2)
    page.locator(".msgs .out .pic").click()
    page.wait_for_url("**/files/**")


@pytest.mark.parametrize(
    "path", ["/", "/?folder=trash", "/held/", "/simulator/", "/admin/", "/api/docs/"]
)
def test_every_other_page(window: Window, path: str) -> None:
    window.open(path)
    window.page.wait_for_load_state("networkidle")


def test_what_is_held(window: Window) -> None:
    window.open("/held/")
    window.page.locator("#rows a.conv").first.click()
    expect(window.page.locator("#main .att, #main .pic").first).to_be_visible()
