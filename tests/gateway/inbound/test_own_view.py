"""A customer never gets to see what others send to his reply address."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from gateway.links import conversation_url
from gateway.move import split_off
from gateway.participants import customer_of, read_token_of
from tests.factories import make_listing, make_message, make_reply
from tests.gateway.post import customer_token, post, sent_to_customer

pytestmark = pytest.mark.django_db


def test_c30_what_others_send_to_a_customers_reply_address_he_never_gets_to_see(ann):
    """Ticket Trick: who opens an account elsewhere under this address waits for its confirmation."""
    message = make_message(ann, listing=make_listing(ann.business))
    post(customer_token(message), sender="no-reply@bank.example", text="Your code is 4711")
    post(customer_token(message), text="And mine")
    make_reply(message, ann, "We do not know what that code is for.")
    page = Client().get(urlsplit(conversation_url(message)).path).content.decode()
    assert ("4711" in page, "And mine" in page) == (False, True)
    token = read_token_of(customer_of(message))
    shown = Client().get(f"/api/customer/messages/{message.pk}/conversation/?token={token}")
    assert "4711" not in shown.content.decode()
    assert shown.json()["replies"][0]["reply"] == "And mine"
    assert not [sent for sent in sent_to_customer(message) if "4711" in sent.rendered.text]


@pytest.mark.parametrize("way", ["quiet", "split"])
def test_c30_nor_what_of_it_opens_a_conversation(ann, way):
    with time_machine.travel(timezone.now() - timedelta(days=25 if way == "quiet" else 0)):
        message = make_message(ann)
    received = post(
        customer_token(message),
        sender="no-reply@bank.example",
        subject="Confirm 4711",
        text="Your code is 4711",
    )
    opened = (
        received.message if way == "quiet" else split_off(received.reply, ann, with_later=False)
    )
    assert opened != message
    make_reply(opened, ann, "We do not know what that code is for.")
    page = Client().get(urlsplit(conversation_url(opened)).path).content.decode()
    assert ("4711" in page, "what that code is for" in page) == (False, True)
    token = read_token_of(customer_of(opened))
    shown = Client().get(f"/api/customer/messages/{opened.pk}/conversation/?token={token}")
    assert "4711" not in shown.content.decode()
    (sent,) = sent_to_customer(opened)
    assert sent.rendered.subject == f"Re: {ann.business.name}"
    assert "4711" not in f"{sent.rendered.text}{sent.rendered.html}"


def test_what_opened_a_conversation_from_his_own_address_he_sees_though_a_machine_wrote_it(ann):
    opened = post(
        ann.business.public_address,
        sender="desk@tickets.example",
        subject="[#4711] New lead",
        automatic="Auto-Submitted",
    ).message
    make_reply(opened, ann, "It is still there.")
    (sent,) = sent_to_customer(opened)
    assert sent.rendered.subject == "Re: [#4711] New lead"
