"""A person tries the product with the page: phone, mailboxes, faults."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, expect

from tests.simulator.conftest import ListeningGateway
from tests.simulator_process import REPLY_DOMAIN, Simulator, run_simulator, wait_for

CUSTOMER, BUSINESS = "+15551230001", "+15550009001"
TOKEN = f"abcdefghijklmnopqrstuvwx@{REPLY_DOMAIN}"


@pytest.fixture
def page(chromium: Browser, simulator: Simulator) -> Iterator[Page]:
    """The opened page; fails on any console error and any request to another host."""
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(simulator.url) else complaints.append(asked.url),
    )
    page.goto(f"{simulator.page}?owner=ann@shop.test&business=%2B15550009001")
    yield page
    page.close()
    assert complaints == []


def region(page: Page, person: str) -> Locator:
    """The pane of the customer's phone, or of somebody's mailbox."""
    return page.get_by_role("region", name=re.compile(f"^{person}"))


def notify(simulator: Simulator, more: str = "") -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Blue Shop <messages@mail.gateway.test>", "ann@shop.test"
    message["Subject"], message["Reply-To"] = "Maya asks", TOKEN
    message["Message-ID"] = "<m1@mail.gateway.test>"
    message.set_content("Is it still there?")
    html = f'<p style="color: red">Is it <b>still</b> there?</p>{more}'
    message.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=5) as smtp:
        smtp.send_message(message)


def test_the_page_may_load_nothing_from_elsewhere(simulator: Simulator):
    answer = requests.get(simulator.page, timeout=5)
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    without_slash = requests.get(simulator.page.rstrip("/"), timeout=5)
    assert without_slash.url == simulator.page


@pytest.mark.browser
def test_the_customer_writes_and_reads_what_the_business_answers(
    page: Page, simulator: Simulator, gateway: ListeningGateway
):
    page.get_by_label("Text", exact=True).fill("<b>Is it</b> still there?")
    page.get_by_role("button", name="Send", exact=True).click()

    texts = page.get_by_role("list", name="Texts")
    expect(texts).to_contain_text("<b>Is it</b> still there?")
    expect(texts).to_contain_text("Taken by the gateway")
    assert gateway.to("/webhooks/twilio/inbound/")[0].form["Body"] == "<b>Is it</b> still there?"

    requests.post(
        f"{simulator.url}/2010-04-01/Accounts/{simulator.account_sid}/Messages.json",
        data={"To": CUSTOMER, "From": BUSINESS, "Body": "Yes, see https://shop.test/bike."},
        auth=(simulator.account_sid, simulator.auth_token),
        timeout=5,
    )
    expect(texts).to_contain_text("Yes, see")
    link = texts.get_by_role("link", name="https://shop.test/bike")
    expect(link).to_have_attribute("href", "https://shop.test/bike")


@pytest.mark.browser
def test_a_text_that_is_refused_says_so_and_is_sent_again(page: Page, gateway: ListeningGateway):
    gateway.answers.append(503)
    page.get_by_label("Text", exact=True).fill("Hello?")
    page.get_by_label("Text", exact=True).press("Enter")

    expect(page.get_by_text("Not accepted by the gateway (503)")).to_be_visible()
    page.get_by_role("button", name="Send again").click()

    expect(page.get_by_text("Taken by the gateway")).to_be_visible()


@pytest.mark.browser
def test_on_whatsapp_a_button_is_pressed_and_a_message_quoted(
    page: Page, simulator: Simulator, gateway: ListeningGateway
):
    buttons = [{"text": "Blue bike", "payload": "1"}]
    simulator.change(templates={"HX1": {"body": "About which?", "buttons": buttons}})
    page.get_by_role("button", name="WhatsApp").click()
    requests.post(
        f"{simulator.url}/2010-04-01/Accounts/{simulator.account_sid}/Messages.json",
        data={
            "To": f"whatsapp:{CUSTOMER}",
            "From": f"whatsapp:{BUSINESS}",
            "ContentSid": "HX1",
            "StatusCallback": f"{gateway.url}/status/1/",
        },
        auth=(simulator.account_sid, simulator.auth_token),
        timeout=5,
    )
    page.get_by_role("button", name="Blue bike").click()
    wait_for(lambda: "read" in gateway.statuses())
    page.get_by_role("button", name="Quote: About which?").click()
    page.get_by_label("Text", exact=True).fill("This one")
    page.get_by_label("Text", exact=True).press("Enter")
    page.get_by_role("button", name="Share a place").click()

    wait_for(lambda: len(gateway.to("/webhooks/twilio/inbound/")) == 3)
    pressed, quoting, place = (hook.form for hook in gateway.to("/webhooks/twilio/inbound/"))
    assert pressed["ButtonPayload"] == "1"
    assert quoting["OriginalRepliedMessageSid"] == pressed["OriginalRepliedMessageSid"]
    assert "Latitude" in place


@pytest.mark.browser
def test_the_owner_reads_a_mail_safely_and_answers_it(
    page: Page, simulator: Simulator, gateway: ListeningGateway
):
    notify(simulator)
    owner = region(page, "Owner")
    owner.get_by_role("button", name="Maya asks").click()

    frame = owner.frame_locator("iframe")
    expect(frame.locator("b")).to_have_text("still")
    owner.get_by_role("button", name="Text", exact=True).click()
    expect(owner.get_by_text("Is it still there?", exact=True)).to_be_visible()
    owner.get_by_label("Answer").fill("Yes, it is.")
    owner.get_by_role("button", name="Reply").click()

    (hook,) = wait_for(lambda: gateway.to("/webhooks/email/mime/"))
    assert hook.query == [("recipient", TOKEN)]
    assert b"Yes, it is." in hook.body
    expect(owner.get_by_role("button", name=f"To {TOKEN}")).to_be_visible()


@pytest.mark.browser
def test_a_hostile_mail_runs_nothing_and_calls_nobody(chromium: Browser, simulator: Simulator):
    notify(
        simulator,
        '<img src="https://tracker.test/x.gif" onerror="alert(1)"><script>alert(2)</script>'
        '<iframe src="https://tracker.test/"></iframe><form action="/"><button>x</button></form>',
    )
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    asked: list[str] = []
    shown: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: shown.append(dialog.message))
    page.goto(f"{simulator.page}?owner=ann@shop.test")
    region(page, "Owner").get_by_role("button", name="Maya asks").click()

    expect(region(page, "Owner").frame_locator("iframe").first.locator("b")).to_have_text("still")
    page.close()
    assert shown == []
    assert [url for url in asked if not url.startswith(simulator.url)] == []


@pytest.mark.browser
def test_the_customer_writes_a_new_mail_with_a_picture(page: Page, gateway: ListeningGateway):
    customer = region(page, "Customer.s mailbox")
    customer.get_by_role("button", name="Write").click()
    customer.get_by_label("To", exact=True).fill(f"shop@{REPLY_DOMAIN}")
    customer.get_by_label("Subject").fill("Blue bike")
    customer.get_by_label("Text", exact=True).fill("Is it still there?")
    customer.get_by_label("Attach a sample picture").check()
    customer.get_by_role("button", name="Send").click()

    (hook,) = wait_for(lambda: gateway.to("/webhooks/email/mime/"))
    assert b"bike.jpg" in hook.body
    expect(page.get_by_role("status")).to_contain_text("the gateway took it")


@pytest.mark.browser
def test_a_fault_is_switched_on_and_shown(page: Page, simulator: Simulator):
    page.get_by_role("button", name="Faults").click()
    page.get_by_role("combobox", name="Too many requests (429)").select_option("Next 2")

    wait_for(lambda: simulator.get("faults")["create_busy"]["count"] == 2)
    expect(page.locator("#faults-on")).to_have_text("1")
    page.get_by_role("button", name="All off").click()
    wait_for(lambda: simulator.get("faults")["create_busy"]["count"] == 0)


@pytest.mark.browser
def test_every_request_can_be_read(page: Page, simulator: Simulator):
    simulator.send_text(CUSTOMER, BUSINESS, "Hello there")
    page.get_by_role("button", name="Requests").click()
    page.locator("summary").first.click()
    expect(page.get_by_text("Body: Hello there")).to_be_visible()


@pytest.mark.browser
def test_the_page_offers_the_numbers_and_addresses_the_start_named(chromium: Browser):
    with run_simulator(
        business_numbers="+15550009001,whatsapp:+15550009002",
        business_mail=f"blue@{REPLY_DOMAIN}",
        owner_mail="ann@shop.test",
    ) as simulator:
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        page.goto(simulator.page)
        expect(page.get_by_label("Writes to")).to_have_value("+15550009001")
        page.get_by_role("button", name="WhatsApp").click()
        expect(page.get_by_label("Writes to")).to_have_value("+15550009002")
        expect(region(page, "Owner").get_by_label("Mailbox")).to_have_value("ann@shop.test")
        region(page, "Customer.s mailbox").get_by_role("button", name="Write").click()
        expect(page.get_by_label("To", exact=True)).to_have_value(f"blue@{REPLY_DOMAIN}")
        page.close()


@pytest.mark.browser
def test_on_a_telephone_one_pane_is_shown_at_a_time(page: Page):
    page.set_viewport_size({"width": 320, "height": 640})
    expect(region(page, "Customer.s phone")).to_be_visible()
    page.get_by_role("button", name="Owner").click()
    expect(region(page, "Owner")).to_be_visible()
    expect(region(page, "Customer.s phone")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
