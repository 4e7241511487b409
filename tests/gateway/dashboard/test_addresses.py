"""A mail of a customer from an address that is not known as his, and what an owner says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from gateway.models import CustomerMessage, Membership, MessageReply, Role
from tests.factories import make_business, make_member, make_message
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import press, read, text_of
from tests.gateway.post import customer_token, post

STRANGER = "stranger@elsewhere.example"


@pytest.fixture
def elsewhere(message: CustomerMessage) -> MessageReply:
    """What came to the customer's reply address from somewhere else."""
    return post(customer_token(message), sender=STRANGER).reply


def test_f56_it_is_shown_as_such_and_an_owner_accepts_the_address(
    browser: Client, message: CustomerMessage, elsewhere: MessageReply
) -> None:
    page = read(browser.get(f"/conversations/{message.pk}/"))
    assert f"Written from {STRANGER}" in text_of(page, f"#m-{elsewhere.pk}")
    done = read(press(browser, page, "Accept this address"))
    assert f"{STRANGER} is an address of this customer" in text_of(done, "#flash")
    assert STRANGER in text_of(done, "#context")
    assert not done.select("form[action$='/accept-address/']")


def test_his_own_mail_and_a_machines_ask_nothing(browser: Client, message: CustomerMessage) -> None:
    post(customer_token(message))
    post(customer_token(message), sender=STRANGER, automatic="Precedence: list")
    post(customer_token(message), sender="")
    page = read(browser.get(f"/conversations/{message.pk}/"))
    assert not page.select("form[action$='/accept-address/']")


def test_others_may_not_accept_it(ann: Membership, elsewhere: MessageReply) -> None:
    path = f"/replies/{elsewhere.pk}/accept-address/"
    assert client_of(make_member(ann.business, Role.AGENT)).post(path).status_code == 403
    assert client_of(make_member(make_business())).post(path).status_code == 404
    assert elsewhere.message.contact.addresses.count() == 1


def test_a_new_topic_and_the_old_conversation_lead_to_each_other(
    browser: Client, ann: Membership
) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=30)):
        old = make_message(ann, subject="Blue bike")
    new = post(customer_token(old), subject="Winter tyres").message
    for here, there, word in ((old, new, "after"), (new, old, "before")):
        page = read(browser.get(f"/conversations/{here.pk}/"))
        link = page.select_one(f"#context h3 + ul.prev a[href='/conversations/{there.pk}/']")
        assert link is not None
        assert word in text_of(page, "#context ul.prev li span")
