"""POST /api/customer/messages/: anybody writes to a business."""

from __future__ import annotations

import pytest
from django.test import Client

from channels_out.models import Delivery
from gateway.models import Consent, CustomerMessage
from tests.factories import PASSWORD, make_business, make_listing, make_member, make_user
from tests.gateway.api.conftest import Caller

SEND = "customer/messages/"


@pytest.fixture
def form(ann):
    return {
        "recipient_id": str(ann.user.pk),
        "sender_name": "Maya Okafor",
        "sender_email": "maya@home.example",
        "subject": "Blue bike",
        "message": "Could I see it on Saturday?",
    }


def refusals(response):
    assert response.status_code == 400, response.content
    return {error["attr"]: error["detail"] for error in response.json()["errors"]}


def test_anybody_writes_and_gets_the_link_of_his_conversation(anonymous, ann, form):
    response = anonymous.post(SEND, form)
    assert response.status_code == 201, response.content
    message = CustomerMessage.objects.get(pk=response.json()["message_id"])
    assert (message.business, message.recipient, message.sender) == (ann.business, ann.user, None)
    assert (message.status, message.channel, message.filed_by) == ("unread", "web", "form")
    assert response.json()["conversation_url"].startswith("https://gateway.test/c/")
    assert Delivery.objects.filter(purpose="notification", to_address=ann.user.email).exists()


def test_who_is_logged_in_becomes_the_sender(ann, form):
    maya = make_user()
    client = Client()
    client.login(username=maya.email, password=PASSWORD)
    pk = Caller(client).post(SEND, form).json()["message_id"]
    assert CustomerMessage.objects.get(pk=pk).sender == maya


def test_a_session_needs_the_csrf_token_and_an_anonymous_form_none(ann, form):
    client = Client(enforce_csrf_checks=True)
    assert Caller(client).post(SEND, form).status_code == 201
    client.login(username=ann.user.email, password=PASSWORD)
    assert Caller(client).post(SEND, form).status_code == 403


def test_a_listing_is_kept_with_the_message(anonymous, ann, form):
    listing = make_listing(ann.business)
    pk = anonymous.post(SEND, {**form, "listing_id": str(listing.pk)}).json()["message_id"]
    message = CustomerMessage.objects.get(pk=pk)
    assert (message.listing, message.listing_snapshot["title"]) == (listing, "Blue bike")


def test_the_words_of_the_consent_are_kept(anonymous, form):
    words = "I agree to be written to\nabout this bike."
    anonymous.post(SEND, {**form, "consent": words})
    assert Consent.objects.get().words == words


def test_a_phone_number_alone_is_enough_and_is_kept_as_it_is_dialled(anonymous, form):
    del form["sender_email"]
    form |= {"sender_phone": "0044 (20) 7946-0123", "reply_by": "whatsapp"}
    pk = anonymous.post(SEND, form).json()["message_id"]
    message = CustomerMessage.objects.get(pk=pk)
    assert (message.sender_phone, message.reply_by) == ("+442079460123", "whatsapp")


def test_a_national_number_is_taken_beside_an_email_address(anonymous, form):
    assert anonymous.post(SEND, {**form, "sender_phone": "020 7946 0123"}).status_code == 201


def test_a_plain_html_form_may_send_as_well(anonymous, form):
    response = anonymous.client.post("/api/customer/messages/", form)
    assert response.status_code == 201


@pytest.mark.parametrize("field", ["recipient_id", "sender_name", "subject", "message"])
@pytest.mark.parametrize("value", [..., "", None, ["a"], {"a": 1}, "\0"])
def test_what_is_needed_is_named(anonymous, form, field, value):
    form[field] = value
    if value is ...:
        del form[field]
    assert set(refusals(anonymous.post(SEND, form))) == {field}
    assert not CustomerMessage.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"sender_email": ""}, "sender_email", "Nobody could answer"),
        ({"sender_email": "", "sender_phone": "020 7946 0123"}, "sender_email", "country code"),
        ({"sender_email": "maya"}, "sender_email", "maya@example.com"),
        ({"sender_email": "maya@home.example\r\nBcc: x@y.example"}, "sender_email", "not an email"),
        ({"sender_email": "x@reply.gateway.test"}, "sender_email", "your own"),
        ({"sender_email": "x" * 250 + "@y.example"}, "sender_email", "254"),
        ({"sender_phone": "call me"}, "sender_phone", "country code"),
        ({"sender_phone": "+1"}, "sender_phone", "country code"),
        ({"sender_phone": "+44 20 7946 0123\r\nX: y"}, "sender_phone", "country code"),
        ({"reply_by": "sms"}, "sender_phone", "country code"),
        ({"reply_by": "fax"}, "reply_by", "fax"),
        ({"message": "x" * 20_001}, "message", "20000"),
        ({"subject": "x" * 256}, "subject", "255"),
        ({"recipient_id": "nobody"}, "recipient_id", "not an id"),
        ({"recipient_id": 10**40}, "recipient_id", "not an id"),
        ({"recipient_id": "01a204ca-9742-7545-b6c2-6623e8ed93c7"}, "recipient_id", "Unknown"),
        ({"listing_id": "01a204ca-9742-7545-b6c2-6623e8ed93c7"}, "listing_id", "Unknown"),
    ],
)
def test_what_makes_no_sense_is_named_with_what_to_do(anonymous, form, changes, field, says):
    wrong = refusals(anonymous.post(SEND, {**form, **changes}))
    assert list(wrong) == [field]
    assert says in wrong[field]
    assert not CustomerMessage.objects.exists()


def test_a_listing_must_be_one_of_the_recipients_business(anonymous, form):
    foreign = make_listing(make_business())
    wrong = refusals(anonymous.post(SEND, {**form, "listing_id": str(foreign.pk)}))
    assert "does not offer" in wrong["listing_id"]


def test_somebody_who_is_no_member_any_more_receives_nothing(anonymous, ann, form):
    ann.is_active = False
    ann.save()
    assert "does not receive" in refusals(anonymous.post(SEND, form))["recipient_id"]


def test_a_person_of_two_businesses_is_not_guessed(anonymous, ann, form):
    second = make_member(user=ann.user)
    assert "several businesses" in refusals(anonymous.post(SEND, form))["business_id"]
    by_business = anonymous.post(SEND, {**form, "business_id": str(second.business_id)})
    by_listing = anonymous.post(SEND, {**form, "listing_id": str(make_listing(second.business).pk)})
    for response in (by_business, by_listing):
        message = CustomerMessage.objects.get(pk=response.json()["message_id"])
        assert message.business == second.business


def test_line_ends_in_name_and_subject_make_no_header(anonymous, ann, form):
    evil = "Maya\r\nBcc: victim@home.example\n\nbody"
    response = anonymous.post(SEND, {**form, "sender_name": evil, "subject": evil})
    assert response.status_code == 201
    message = CustomerMessage.objects.get()
    assert message.subject == message.sender_name == "Maya Bcc: victim@home.example body"
    notification = Delivery.objects.get(to_address=ann.user.email).rendered
    headers = [notification.subject, notification.from_header, *dict(notification.headers).values()]
    assert all(value.isprintable() for value in headers)


def test_odd_characters_are_cleaned_and_wide_ones_kept(anonymous, form):
    body = "\ufeffa\0b\ud800c\u2028d\r\ne 👩\u200d👧 مرحبا"
    pk = anonymous.post(SEND, {**form, "message": body, "subject": body}).json()["message_id"]
    message = CustomerMessage.objects.get(pk=pk)
    assert message.message == "ab?c\u2028d\ne 👩\u200d👧 مرحبا"
    assert message.subject == "\ufeffa b?c d e 👩\u200d👧 مرحبا"
