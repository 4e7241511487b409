"""A customer, an owner and the gateway meet in the shop: its URLs, its people, its listings, its habits."""

from __future__ import annotations

import base64
import json
import os
import re
from email.message import EmailMessage
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from twilio.request_validator import RequestValidator

from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel
from channels_out.models import Sender
from gateway.models import Business, CustomerMessage, DedicatedSender, MemberAddress, Membership
from shop.models import Listing

pytestmark = pytest.mark.django_db(transaction=True)
OUR_NUMBER, THEIR_NUMBER = "+14155550100", "+14155550199"
PRIVATE = "ann@private.example"
FORM = {
    "sender_name": "Eve",
    "sender_email": "eve@customer.example",
    "sender_phone": THEIR_NUMBER,
    "subject": "The bike",
    "message": "Is it still there?",
    "reply_by": "sms",
}


@pytest.fixture(autouse=True)
def memory(settings):
    """The texts go to an adapter that keeps them."""
    settings.CHANNEL_ADAPTERS = {"sms": "channels_out.adapters.memory.Memory"}
    adapter = adapter_for(Channel.SMS)
    adapter.clear()
    cache.clear()
    return adapter


@pytest.fixture
def ann(db):
    """Ann, who is the shop's already, becomes the owner of a business with a number."""
    ann = get_user_model().objects.create_user("ann", "secret", mailbox="ann@private.example")
    business = Business.objects.create(name="Ann's Bikes", slug="anns-bikes")
    Membership.objects.create(business=business, user=ann)
    MemberAddress.objects.create(
        user=ann, address="ann@private.example", verified_at=timezone.now()
    )
    sender = Sender.objects.create(channel=Channel.SMS, address="+14155550100")
    DedicatedSender.objects.create(sender=sender, business=business)
    return ann


@pytest.fixture
def bike(ann):
    """What Ann offers."""
    business = ann.gateway_businesses.get()
    return Listing.objects.create(
        business=business, article="B-1", title="Blue bike", price="1234.50"
    )


@pytest.fixture
def owner(ann):
    """Ann's browser."""
    client = Client(headers={"host": "shop.example"})
    client.force_login(ann)
    return client


@pytest.fixture
def customer():
    """Somebody's browser."""
    return Client(headers={"host": "shop.example"})


@pytest.fixture
def fill_form(ann, bike, customer):
    """The customer fills in the shop's form; the gateway's answer."""

    def fill(**more):
        form = {**FORM, "recipient_id": str(ann.pk), "listing_id": str(bike.pk), **more}
        return customer.post(
            "/messages/api/customer/messages/", form, content_type="application/json"
        )

    return fill


def work() -> None:
    """The worker does what is due."""
    call_command("worker", once=True)


def text_comes_in(body: str):
    """Twilio posts what the customer wrote."""
    form = {
        "AccountSid": os.environ["TWILIO_ACCOUNT_SID"],
        "MessageSid": "SM" + "1" * 32,
        "From": THEIR_NUMBER,
        "To": OUR_NUMBER,
        "Body": body,
        "NumMedia": "0",
    }
    url = "https://shop.example/webhooks/twilio/inbound/"
    signed = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"]).compute_signature(url, form)
    return Client().post(
        "/webhooks/twilio/inbound/",
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"host": "shop.example", "X-Twilio-Signature": signed},
    )


def mail_comes_in(notification, text: str):
    """The owner's mail server hands over his answer to a notification."""
    answer = EmailMessage()
    answer["From"] = PRIVATE
    answer["To"] = notification.reply_to[0]
    answer["Subject"] = f"Re: {notification.subject}"
    answer["Message-ID"] = "<1@private.example>"
    answer["In-Reply-To"] = notification.extra_headers["Message-ID"]
    answer.set_content(text)
    secret = base64.b64encode(os.environ["ANYMAIL_WEBHOOK_SECRET"].encode()).decode()
    address = re.search(r"[^<\s]+@[^>\s]+", notification.reply_to[0]).group()
    return Client().post(
        f"/webhooks/email/mime/?recipient={address}",
        answer.as_bytes(),
        content_type="message/rfc822",
        headers={"host": "shop.example", "Authorization": f"Basic {secret}"},
    )


def test_a_customer_and_an_owner_talk_by_form_mail_rest_and_text(fill_form, owner, memory):
    taken = fill_form()
    assert taken.status_code == 201, taken.content
    assert taken.json()["conversation_url"].startswith("https://shop.example/messages/c/")
    path = f"/messages/api/business/messages/{taken.json()['message_id']}/"

    work()
    [notification] = mail.outbox
    assert notification.to == [PRIVATE]
    assert "https://shop.example/messages/conversations/" in notification.body

    answer = {"reply": "It is.", "channel": "sms"}
    answered = owner.post(f"{path}reply/", answer, content_type="application/json")
    assert answered.status_code == 201, answered.content
    work()
    assert text_comes_in("I take it.").status_code == 200
    work()
    thread = owner.get(path).json()
    assert [(reply["direction"], reply["reply"]) for reply in thread["replies"]] == [
        ("outbound", "It is."),
        ("inbound", "I take it."),
    ]
    assert thread["listing"]["title"] == "Blue bike"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", thread["created_at"])

    assert mail_comes_in(mail.outbox[-1], "Come by at noon.").status_code == 200
    work()
    texts = [outgoing.rendered.text for outgoing, _ in memory.accepted]
    assert len(texts) == 2
    assert "It is." in texts[0]
    assert "Come by at noon." in texts[1]
    assert PRIVATE not in "".join(texts)


def test_seed_gives_a_business_to_a_person_of_the_shop_and_makes_no_people(ann, capsys):
    call_command("seed", owner="ann@private.example", password="secret", slug="anns-flats")
    assert json.loads(capsys.readouterr().out)["owner"]["id"] == str(ann.pk)
    assert set(ann.gateway_businesses.values_list("slug", flat=True)) == {
        "anns-bikes",
        "anns-flats",
    }
    with pytest.raises(CommandError, match=r"login.*make this person first"):
        call_command("seed", owner="ben@private.example", password="secret")


def test_a_conversation_outlives_its_listing_and_its_owner(fill_form, ann, bike):
    message_id = fill_form().json()["message_id"]
    bike.delete()
    ann.delete()
    message = CustomerMessage.objects.get(pk=message_id)
    assert message.listing is None
    assert message.recipient is None
    assert message.listing_snapshot["title"] == "Blue bike"
    assert message.listing_snapshot["price"] == "1234.50"


def test_whoever_is_not_signed_in_is_sent_to_the_shops_own_desk(customer):
    page = customer.get("/messages/")
    assert (page.status_code, page["Location"]) == (302, "/desk/sign-in/?next=/messages/")


def test_the_dashboard_opens_for_a_person_of_the_shop(fill_form, owner):
    message_id = fill_form().json()["message_id"]
    assert "Is it still there?" in owner.get("/messages/").content.decode()
    page = owner.get(f"/messages/conversations/{message_id}/").content.decode()
    assert "Is it still there?" in page
    assert "Blue bike" in page


def test_a_customers_link_opens_under_the_shops_routes(fill_form, customer):
    link = fill_form().json()["conversation_url"].removeprefix("https://shop.example")
    assert "Is it still there?" in customer.get(link).content.decode()


def test_the_gateways_errors_have_their_own_shape(fill_form, customer):
    refused = fill_form(message="")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["attr"] == "message"
    stranger = customer.get("/messages/api/business/messages/")
    assert stranger.status_code == 401
    assert stranger.json()["type"] == "client_error"


def test_the_gateways_lists_and_limits_are_its_own(fill_form, owner):
    for number in range(3):
        assert fill_form(subject=f"Bike {number}").status_code == 201
    listed = owner.get("/messages/api/business/messages/").json()
    assert listed.keys() == {"next", "previous", "results", "unread_count"}
    assert len(listed["results"]) == 3


def test_a_conversation_opens_by_its_own_link_only(fill_form, customer):
    first, second = fill_form().json(), fill_form().json()
    path = f"/messages/api/customer/messages/{first['message_id']}/conversation/"
    token, other = (
        taken["conversation_url"].rstrip("/").rpartition("/")[2] for taken in (first, second)
    )
    assert customer.get(path, {"token": token}).json()["message"] == FORM["message"]
    assert customer.get(path, {"token": other}).status_code == 404
    assert customer.get(path).status_code == 404


def test_the_description_of_the_api_has_the_gateways_calls_and_no_others(customer):
    described = customer.get("/messages/api/schema/")
    assert described.status_code == 200, described.content
    assert set(described.json()["paths"]) == {
        "/messages/api/business/messages/",
        "/messages/api/business/messages/unread/",
        "/messages/api/business/messages/{id}/",
        "/messages/api/business/messages/{id}/reply/",
        "/messages/api/business/messages/{id}/accept-address/",
        "/messages/api/business/messages/{id}/block/",
        "/messages/api/business/messages/{id}/move/",
        "/messages/api/business/messages/{id}/preview/",
        "/messages/api/business/replies/{id}/send-again/",
        "/messages/api/business/replies/{id}/was-sent/",
        "/messages/api/business/replies/{id}/cancel/",
        "/messages/api/business/attachments/{id}/fetch/",
        "/messages/api/business/listings/{id}/links/",
        "/messages/api/business/addresses/",
        "/messages/api/business/addresses/confirm/",
        "/messages/api/business/addresses/{id}/",
        "/messages/api/business/tokens/",
        "/messages/api/business/tokens/{id}/",
        "/messages/api/business/checks/",
        "/messages/api/business/checks/{name}/",
        "/messages/api/business/glance/",
        "/messages/api/business/readings/",
        "/messages/api/business/limits/",
        "/messages/api/business/limits/{id}/",
        "/messages/api/business/templates/",
        "/messages/api/business/templates/{id}/",
        "/messages/api/business/messages/{id}/channels/",
        "/messages/api/business/replies/{id}/nudge/",
        "/messages/api/business/notifications/",
        "/messages/api/business/notifications/{id}/",
        "/messages/api/business/members/",
        "/messages/api/business/members/{id}/",
        "/messages/api/business/invitations/",
        "/messages/api/business/invitations/{id}/",
        "/messages/api/business/hours/",
        "/messages/api/business/hours/{id}/",
        "/messages/api/business/messages/begin/",
        "/messages/api/business/messages/{id}/notes/",
        "/messages/api/business/notes/{id}/",
        "/messages/api/business/messages/{id}/suggestions/",
        "/messages/api/business/suggestions/{id}/",
        "/messages/api/business/canned/",
        "/messages/api/business/canned/{id}/",
        "/messages/api/business/tags/",
        "/messages/api/business/tags/{id}/",
        "/messages/api/business/held/",
        "/messages/api/business/held/{id}/send/",
        "/messages/api/business/held/{id}/accept-address/",
        "/messages/api/business/held/{id}/file/",
        "/messages/api/business/held/{id}/refuse/",
        "/messages/api/customer/messages/",
        "/messages/api/customer/messages/{id}/conversation/",
    }
    assert customer.get("/messages/api/docs/").status_code == 200


def test_who_is_invited_signs_in_at_the_shop_and_joins(ann, owner, customer):
    business = ann.gateway_businesses.get()
    form = {"address": "ben@private.example", "role": "member"}
    assert owner.post(f"/messages/settings/members/{business.pk}/", form).status_code == 302
    work()
    (invitation,) = mail.outbox
    link = re.search(r"/messages/invitations/\S+/", invitation.body)[0]
    assert f"/desk/sign-in/?next={link}" in customer.get(link).content.decode()
    assert customer.post(link).status_code == 200
    ben = get_user_model().objects.create_user("ben", "secret")
    customer.force_login(ben)
    assert customer.post(link).status_code == 302
    assert Membership.objects.get(business=business, user=ben).role == "member"
    assert MemberAddress.objects.get(user=ben).address == "ben@private.example"


def test_the_shops_own_calls_answer_as_before(owner):
    answer = owner.get("/partners/orders/")
    assert (answer.status_code, answer["Content-Type"]) == (418, "text/plain; charset=utf-8")


def test_the_shops_admin_shows_and_searches_every_table(fill_form, owner, ann):
    fill_form()
    work()
    ann.is_staff = ann.is_superuser = True
    ann.save()
    labels = {"gateway", "channels_out", "gateway_webhooks"}
    tables = [model._meta for model in admin.site._registry if model._meta.app_label in labels]
    assert {table.app_label for table in tables} == labels
    for table in tables:
        address = reverse(f"admin:{table.app_label}_{table.model_name}_changelist")
        for query in ({}, {"q": "ann"}):
            assert owner.get(address, query).status_code == 200, table.label
