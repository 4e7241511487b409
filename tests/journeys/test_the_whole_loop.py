"""A customer writes on each channel, the owner answers in each way, the customer answers back."""

from __future__ import annotations

from typing import Any

import requests

from tests.dashboard_client import Dashboard
from tests.product import Owner, Product
from tests.simulator_process import wait_for


def notification(product: Product, owner: Owner, text: str) -> dict[str, Any]:
    """The mail in the owner's mailbox that tells of this text."""

    def found() -> dict[str, Any] | None:
        mails = (product.simulator.mail(row["id"]) for row in product.simulator.mails(owner.email))
        return next((mail for mail in mails if text in mail["text"]), None)

    return wait_for(found)


def mail_to(product: Product, mailbox: str, text: str) -> dict[str, Any]:
    """The mail in a customer's mailbox that holds this text."""
    return notification(product, Owner("", mailbox, "", "", "", "", [], []), text)


def text_to(product: Product, number: str, text: str, **query: str) -> dict[str, Any]:
    """The message on a customer's phone that holds this text."""

    def found() -> dict[str, Any] | None:
        texts = product.simulator.texts(number, **query)
        return next(
            (row for row in texts if row["direction"] != "inbound" and text in row["body"]), None
        )

    return wait_for(found)


def test_by_sms_with_the_owner_answering_the_notification_by_mail(
    product: Product, ann: Owner
) -> None:
    phone, shop = "+14155552001", ann.number("sms")
    sent = product.simulator.send_text(phone, shop, "Is the blue bike still there?")
    assert sent["webhook"]["accepted"]
    message = ann.wait_for_message("Is the blue bike still there?")
    assert (message["channel"], message["unread"], message["filed_by"]) == ("sms", True, "number")

    mail = notification(product, ann, "Is the blue bike still there?")
    assert mail["text"].startswith(f"Your answer goes by text message to {phone}")
    product.simulator.reply(mail["id"], "Yes, come by at five.", style="gmail")

    reply = ann.wait_for_reply(message["id"], "Yes, come by at five.")
    assert (reply["direction"], reply["channel"], reply["filed_by"]) == ("outbound", "sms", "token")
    assert ann.wait_for_delivery(message["id"], reply["id"], "delivered")["state"] == "delivered"
    arrived = text_to(product, phone, "Yes, come by at five.")
    assert arrived["body"] == "Bike shop: Yes, come by at five."
    assert ann.message(message["id"])["status"] == "replied"

    product.simulator.send_text(phone, shop, "See you then")
    back = ann.wait_for_reply(message["id"], "See you then")
    assert (back["direction"], back["filed_by"]) == ("inbound", "number")
    assert ann.message(message["id"])["status"] != "replied"


def test_by_whatsapp_with_a_picture_and_a_quoted_answer(product: Product, ann: Owner) -> None:
    phone, shop = "+14155552002", ann.number("whatsapp")
    product.simulator.send_text(
        phone, shop, "Can you fix this?", channel="whatsapp", media=["sample"]
    )
    message = ann.wait_for_message("Can you fix this?")
    assert message["channel"] == "whatsapp"

    def picture() -> dict[str, Any] | None:
        files = ann.message(message["id"])["attachments"]
        return files[0] if files and files[0]["url"] and files[0]["size"] else None

    stored = wait_for(picture)
    assert stored["content_type"].startswith("image/")
    url = stored["url"] if stored["url"].startswith("http") else ann.url + stored["url"]
    dashboard = Dashboard(ann)
    assert dashboard.get(url).content

    made = ann.answer(message["id"], "Sure, 40 euros.")
    assert made["channel"] == "whatsapp"
    assert ann.wait_for_delivery(message["id"], made["id"], "delivered", "read")
    arrived = text_to(product, phone, "Sure, 40 euros.", channel="whatsapp")
    product.simulator.send_text(phone, shop, "Deal", channel="whatsapp", quote_sid=arrived["sid"])
    back = ann.wait_for_reply(message["id"], "Deal")
    assert back["filed_by"] == "quote"


TEMPLATE = """
from gateway.models import Business, WhatsAppTemplate
WhatsAppTemplate.objects.create(
    business=Business.objects.get(slug="cleos-cakes"), name="Your answer", language="en",
    content_sid="HX00000000000000000000000000000021",
    body="Hello {{1}}, {{2}} has answered you: {{3}} You can write back right here.",
    places={"1": "customer", "2": "business", "3": "answer"},
)
"""


def test_by_whatsapp_in_a_template_to_which_the_customer_answers(product: Product) -> None:
    phone = "+14155552005"
    cleo = product.seed(
        "cleo@cakes.example", slug="cleos-cakes", name="Cleo's", whatsapp="+14155553005"
    )
    product.manage("shell", "-c", TEMPLATE)
    shop = cleo.number("whatsapp")
    product.simulator.send_text(phone, shop, "A cake for Friday?", channel="whatsapp")
    message = cleo.wait_for_message("A cake for Friday?")
    (template,) = cleo.call("GET", "business/templates/")

    made = cleo.answer(message["id"], "Yes.\nWhich one?", template=template["id"])
    assert cleo.wait_for_delivery(message["id"], made["id"], "delivered", "read")
    arrived = text_to(product, phone, "has answered you", channel="whatsapp")
    assert "Cleo's has answered you: Yes. Which one? You can write back" in arrived["body"]

    product.simulator.send_text(phone, shop, "Chocolate", channel="whatsapp")
    back = cleo.wait_for_reply(message["id"], "Chocolate")
    assert (back["direction"], back["channel"]) == ("inbound", "whatsapp")


def test_by_form_with_the_answer_by_rest_and_the_customer_answering_the_mail(
    product: Product, ann: Owner
) -> None:
    form = {
        "recipient_id": ann.id,
        "listing_id": ann.listings[0]["id"],
        "sender_name": "Maya Okafor",
        "sender_email": "maya@home.example",
        "subject": "Blue bike",
        "message": "Could I see it on Saturday?",
    }
    made = requests.post(f"{ann.url}/api/customer/messages/", json=form, timeout=30)
    assert made.status_code == 201, made.text
    pk = made.json()["message_id"]
    assert ann.message(pk)["listing"]["title"] == "Blue bike"
    assert requests.get(made.json()["conversation_url"], timeout=30).ok
    assert notification(product, ann, "Could I see it on Saturday?")

    reply = ann.answer(pk, "Saturday at ten is fine.")
    assert reply["channel"] == "email"
    assert ann.wait_for_delivery(pk, reply["id"], "sent", "delivered")
    mail = mail_to(product, "maya@home.example", "Saturday at ten is fine.")
    assert ann.email not in product.simulator.raw_mail(mail["id"]).decode()

    product.simulator.reply(mail["id"], "Perfect, thank you!", style="outlook")
    back = ann.wait_for_reply(pk, "Perfect, thank you!")
    assert (back["direction"], back["channel"], back["filed_by"]) == ("inbound", "email", "token")


def test_by_email_with_the_answer_in_the_dashboard(product: Product, ann: Owner) -> None:
    product.simulator.compose(
        "jonas@home.example",
        ann.public_address,
        "Angebot",
        "Haben Sie auch Anhänger?\n\nGrüße\nJonas",
    )
    message = wait_for(
        lambda: next((row for row in ann.inbox() if row["subject"] == "Angebot"), None)
    )
    assert message["channel"] == "email"

    dashboard = Dashboard(ann)
    assert "Haben Sie auch Anhänger?" in dashboard.get("/").text
    assert "Anhänger" in dashboard.open(message["id"])
    dashboard.reply(message["id"], "Ja, zwei Modelle.")
    reply = ann.wait_for_reply(message["id"], "Ja, zwei Modelle.")
    assert ann.wait_for_delivery(message["id"], reply["id"], "sent", "delivered")

    mail = mail_to(product, "jonas@home.example", "Ja, zwei Modelle.")
    product.simulator.reply(mail["id"], "Danke, ich komme vorbei.", style="apple")
    back = ann.wait_for_reply(message["id"], "Danke, ich komme vorbei.")
    assert back["filed_by"] == "token"
    assert "Danke, ich komme vorbei." in dashboard.open(message["id"])
    assert "Ja, zwei Modelle." in dashboard.open(message["id"])


def test_two_businesses_never_see_each_others_customer(product: Product, ann: Owner) -> None:
    ben = product.seed("ben@flats.example", slug="flats", sms="+14155553000")
    phone = "+14155552003"
    product.simulator.send_text(phone, ann.number("sms"), "A question for Ann")
    product.simulator.send_text(phone, ben.number("sms"), "A question for Ben")
    of_ann = ann.wait_for_message("A question for Ann")
    of_ben = ben.wait_for_message("A question for Ben")
    assert "A question for Ben" not in [row["message"] for row in ann.inbox()]
    ben.call("GET", f"business/messages/{of_ann['id']}/", expect=404)
    ann.call("GET", f"business/messages/{of_ben['id']}/", expect=404)


def test_an_answer_from_an_address_that_is_not_the_owners_is_held(
    product: Product, ann: Owner
) -> None:
    phone = "+14155552004"
    product.simulator.send_text(phone, ann.number("sms"), "Do you open on Sundays?")
    message = ann.wait_for_message("Do you open on Sundays?")
    mail = notification(product, ann, "Do you open on Sundays?")
    reply_to = mail["headers"]["Reply-To"] if isinstance(mail["headers"], dict) else ""
    reply_to = reply_to or next(
        value for name, value in mail["headers"] if name.lower() == "reply-to"
    )
    product.simulator.compose(
        "mallory@else.example", reply_to, "Re: hours", "Send me your card number."
    )
    dashboard = Dashboard(ann)
    wait_for(lambda: "Send me your card number." in dashboard.get("/held/").text)
    texts = product.simulator.texts(phone)
    assert not [row for row in texts if row["direction"] != "inbound"]
    assert ann.message(message["id"])["replies"] == []
