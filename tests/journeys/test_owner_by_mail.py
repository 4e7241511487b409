"""The owner who only ever uses his phone's mail program, and has never seen the dashboard."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import requests
from bs4 import BeautifulSoup

from tests.product import Owner, Product
from tests.simulator_process import wait_for

MAYA = "maya@private.example"


def mail_with(product: Product, mailbox: str, text: str) -> dict[str, Any]:
    """The mail in a mailbox that holds this text."""

    def found() -> dict[str, Any] | None:
        mails = (product.simulator.mail(row["id"]) for row in product.simulator.mails(mailbox))
        return next((mail for mail in mails if text in mail["text"]), None)

    return wait_for(found, 30)


def texts_on(product: Product, phone: str) -> list[str]:
    """What came to a customer's phone."""
    return [row["body"] for row in product.simulator.texts(phone) if row["to"] == phone]


def headers_of(product: Product, mail: dict[str, Any]) -> EmailMessage:
    raw = product.simulator.raw_mail(mail["id"])
    parsed: EmailMessage = message_from_bytes(raw, policy=policy.default)  # type: ignore[assignment]
    return parsed


def inquire(owner: Owner, phone: str, text: str) -> str:
    """A customer fills in the form and wishes a text; the conversation's id."""
    form = {
        "recipient_id": owner.id,
        "sender_name": "Maya Okafor",
        "sender_email": MAYA,
        "sender_phone": phone,
        "subject": "Roses",
        "message": text,
        "reply_by": "sms",
    }
    made = requests.post(f"{owner.url}/api/customer/messages/", json=form, timeout=30)
    assert made.status_code == 201, made.text
    return str(made.json()["message_id"])


def press(url: str) -> str:
    """Opens a link of a mail without being signed in, and presses the only button of its page."""
    browser = requests.Session()
    page = BeautifulSoup(browser.get(url, timeout=30).text, "html.parser")
    form = page.find("form", {"method": "post"})
    assert form is not None, page.get_text()
    fields = {field["name"]: field["value"] for field in form.find_all("input")}
    done = browser.post(url, data=fields, headers={"Referer": url}, timeout=30)
    assert done.ok
    return BeautifulSoup(done.text, "html.parser").get_text(" ", strip=True)


def test_she_gets_a_text_with_the_shops_name_and_when_it_fails_a_button_sends_it_by_mail(
    product: Product,
) -> None:
    dora = product.seed(
        "dora@phone.example", slug="doras", name="Dora's Flowers", sms="+14155553110"
    )
    phone = "+14155552110"
    pk = inquire(dora, phone, "Do you have white roses?")
    told = mail_with(product, dora.email, "Do you have white roses?")
    product.simulator.reply(told["id"], "Yes, until six.", style="apple")
    wait_for(lambda: texts_on(product, phone) == ["Dora's Flowers: Yes, until six."], 30)

    product.simulator.send_text(phone, dora.number("sms"), "And red ones?")
    asked = mail_with(product, dora.email, "And red ones?")
    product.simulator.turn("create_refuse", 1, status=400, code=21614)
    product.simulator.reply(asked["id"], "Red ones on Friday.", style="apple")

    failed = mail_with(product, dora.email, "did not arrive")
    assert "it may be a landline" in failed["text"]
    assert "Red ones on Friday." in failed["text"]
    thread = headers_of(product, asked)["References"].split()[0]
    assert thread in headers_of(product, failed)["References"]
    assert failed["subject"].removeprefix("Re: ") == asked["subject"].removeprefix("Re: ")

    page = BeautifulSoup(failed["html"], "html.parser")
    button = next(link for link in page.find_all("a") if "by email" in link.get_text())
    assert "On its way" in press(button["href"])
    arrived = mail_with(product, MAYA, "Red ones on Friday.")
    product.simulator.reply(arrived["id"], "Lovely, thank you!", style="gmail")
    back = dora.wait_for_reply(pk, "Lovely, thank you!")
    assert (back["direction"], back["filed_by"]) == ("inbound", "token")
    assert mail_with(product, dora.email, "Lovely, thank you!")
