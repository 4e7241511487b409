"""A member begins a conversation with somebody who phoned."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from channels_out.outbox import drain
from gateway.inbound.messages import InboundMail
from gateway.inbound.receive import receive
from gateway.models import Consent, CustomerMessage, Membership, MessageReply, Role, Status
from gateway.participants import customer_of, reply_address_of
from tests.factories import make_business, make_listing, make_member, make_message, make_sender
from tests.gateway.dashboard.conftest import Provider, client_of
from tests.gateway.dashboard.pages import fields_of, names_in, read, text_of

BY_EMAIL = {
    "name": "Maya Okafor",
    "channel": "email",
    "email": "maya@home.example",
    "asked": "Is the blue bike still there?",
    "text": "Yes, it is. Come by on Friday.",
}
BY_SMS = {**BY_EMAIL, "channel": "sms", "email": "", "phone": "+1 415 555 0199"}


def begin(browser: Client, **values: Any) -> Any:
    page = read(browser.get("/new/"))
    fields = fields_of(page.select_one("form.begin")) | values
    return read(browser.post("/new/", fields, follow=True))


def test_the_customer_gets_the_message_and_his_answer_is_filed_there(
    browser: Client, ann: Membership
) -> None:
    page = begin(browser, **BY_EMAIL)
    assert "Come by on Friday." in text_of(page, "#thread .out")
    assert "Filed by a member who took it down" in text_of(page, "#thread .in")
    message = CustomerMessage.objects.get()
    assert (message.status, message.waiting_since) == (Status.REPLIED, None)
    drain()
    [sent] = mail.outbox  # and none to those of the business
    assert sent.to == ["maya@home.example"]
    assert "Come by on Friday." in sent.body
    to = reply_address_of(customer_of(message))
    answer = InboundMail(
        fingerprint="1", recipients=(to,), from_address="maya@home.example", text="I will."
    )
    (received,) = receive(answer)
    assert received.message == message


def test_by_text_it_says_who_speaks_and_keeps_how_the_customer_agreed(
    browser: Client, ann: Membership, provider: Provider
) -> None:
    make_sender(ann.business)
    begin(browser, **BY_SMS, consent="phone", consent_words="Text me, please")
    drain()
    [(sent, _)] = provider.memory.accepted
    assert sent.to_address == "+14155550199"
    assert "Ann's Bikes" in sent.rendered.text
    consent = Consent.objects.get()
    assert (consent.source, consent.words) == ("phone", "Text me, please")
    assert consent.address is not None
    assert consent.address.address == "+14155550199"
    page = read(browser.get(f"/conversations/{CustomerMessage.objects.get().pk}/"))
    assert "On the phone, " in text_of(page, "#context")
    assert "Noted by hand" in text_of(page, "#thread .in footer")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (BY_SMS, "say how he gave it"),
        (BY_SMS | {"phone": "555", "consent": "phone"}, "Write it with country code"),
        (BY_SMS | {"phone": "", "consent": "phone"}, "its number is needed"),
        (BY_EMAIL | {"email": ""}, "its address is needed"),
        (BY_EMAIL | {"email": "maya"}, "the customer's own address"),
        (BY_EMAIL | {"text": " "}, "Write something here."),
        (BY_EMAIL | {"form_id": "x"}, "did not arrive whole"),
    ],
)
def test_what_is_missing_is_named_and_what_was_typed_stays(
    browser: Client, ann: Membership, values: dict[str, str], said: str
) -> None:
    page = begin(browser, **values)
    assert said in text_of(page, ".begin")
    assert page.select_one("#begin-name")["value"] == "Maya Okafor"
    assert not CustomerMessage.objects.exists()


def test_a_channel_that_does_not_lead_there_leaves_nothing_behind(
    browser: Client, ann: Membership
) -> None:
    page = begin(browser, **BY_SMS, consent="phone")  # the business has no number
    assert page.select_one("#begin-channel").find_parent(class_="field").select(".problem")
    assert not CustomerMessage.objects.exists()
    assert not Consent.objects.exists()


def test_f74_sent_twice_it_is_begun_once(browser: Client, ann: Membership) -> None:
    fields = fields_of(read(browser.get("/new/")).select_one("form.begin")) | BY_EMAIL
    for _ in range(2):
        browser.post("/new/", fields)
    assert MessageReply.objects.count() == 1


def test_it_is_about_a_listing_and_joins_what_the_customer_wrote_before(
    browser: Client, ann: Membership
) -> None:
    bike = make_listing(ann.business)
    before = make_message(ann, subject="A helmet", sender_email="maya@home.example")
    page = begin(browser, **BY_EMAIL, listing=str(bike.pk))
    assert "Blue bike" in text_of(page, "#context .listing")
    assert before.subject in text_of(page, "#context .prev")
    assert names_in(page) == ["Maya Okafor", "Maya Okafor"]


def test_for_which_business_is_asked_where_there_are_several(ann: Membership) -> None:
    flats = make_member(make_business("Ben's Flats"), user=ann.user)
    browser = client_of(ann)
    begin(browser, **BY_EMAIL, business=str(flats.business_id))
    assert CustomerMessage.objects.get().business == flats.business
    theirs = make_listing(ann.business)
    page = begin(browser, **BY_EMAIL, business=str(flats.business_id), listing=str(theirs.pk))
    assert "This is another business's." in text_of(page, ".begin")


def test_an_agent_begins_none(ann: Membership) -> None:
    agent = client_of(make_member(ann.business, Role.AGENT))
    assert agent.get("/new/").status_code == 403
    assert not read(agent.get("/")).select(".new")
