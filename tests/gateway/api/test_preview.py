"""What an answer would be and cost, before it is sent: over REST and in the reply box."""

from __future__ import annotations

import pytest

from channels_out.models import Delivery
from channels_out.sms import segments_of
from gateway.files import stored
from gateway.inbound.messages import InboundFile
from gateway.models import MessageReply
from gateway.outbound.answer import Answer, post_reply
from gateway.states import change
from tests.factories import make_message, make_reply
from tests.gateway.post import PHONE, sent_to_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann, ann_number):
    return make_message(ann, sender_email="", sender_phone=PHONE)


def test_it_is_what_then_goes_out_and_sends_nothing(api, message, ann):
    text = "\u201cSure\u201d, come by. " * 20
    before = Delivery.objects.count()
    shown = api.post(f"business/messages/{message.pk}/preview/", {"reply": text}).json()
    assert (Delivery.objects.count(), MessageReply.objects.count()) == (before, 0)
    make_reply(message, ann, text)
    sent = sent_to_customer(message)
    assert shown["texts"] == [delivery.rendered.text for delivery in sent]
    assert {delivery.to_address for delivery in sent} == {shown["address"]}
    assert (shown["channel"], shown["segments"], shown["alphabet"]) == ("sms", 3, "GSM-7")
    assert shown["cost"] == ""


def test_it_says_the_price_where_one_is_set(api, message, settings):
    settings.SMS_SEGMENT_PRICE = "0.0083 USD"
    shown = api.post(f"business/messages/{message.pk}/preview/", {"reply": "\u0436" * 200}).json()
    assert (shown["segments"], shown["cost"], shown["alphabet"]) == (4, "0.0332 USD", "UCS-2")


def test_it_counts_the_links_of_files_that_cannot_be_attached(api, message, ann):
    file = {"name": "bike.zip", "content_type": "application/zip", "size": 4}
    given = {"reply": "", "attachments": [file]}
    shown = api.post(f"business/messages/{message.pk}/preview/", given).json()
    with stored([InboundFile("bike.zip", "application/zip", b"PK\3\4")]) as attachments:
        post_reply(Answer(message.pk, ann, "", attachments=attachments))
    (sent,) = sent_to_customer(message)
    assert shown["segments"] == segments_of(sent.rendered.text).number
    assert "/files/" in shown["texts"][0]


@pytest.mark.parametrize(
    "given",
    [
        {"reply": ""},
        {"reply": "Sure.", "attachments": [{"name": "bike.zip", "size": -1}]},
        {"reply": "Sure.", "attachments": [{"size": 4}]},
        {"reply": "Sure.", "attachments": [{"name": "a", "size": 4}] * 11},
    ],
)
def test_what_could_not_be_sent_is_refused(api, message, given):
    assert api.post(f"business/messages/{message.pk}/preview/", given).status_code == 400


def test_by_mail_nothing_is_counted(api, ann):
    message = make_message(ann)
    shown = api.post(f"business/messages/{message.pk}/preview/", {"reply": "Sure."}).json()
    assert (shown["channel"], shown["texts"], shown["segments"]) == ("email", [], 0)


def test_a_channel_that_cannot_be_used_is_refused_as_by_sending(api, message):
    wish = {"reply": "Sure.", "channel": "email"}
    refused = api.post(f"business/messages/{message.pk}/preview/", wish)
    assert refused.status_code == 400
    assert refused.json()["usable"] == ["sms"]


def test_the_reply_box_counts_while_it_is_written_in(client, message, ann, settings):
    settings.SMS_SEGMENT_PRICE = "0.0083 USD"
    client.force_login(ann.user)
    url = f"/conversations/{message.pk}/preview/"
    left = 160 - len(f"{ann.business.name}: Sure.")
    assert f"1 SMS, {left} characters left" in _line(client, url, "Sure.")
    assert "2 SMS · 0.0166 USD · an emoji" in _line(client, url, "Sure. \U0001f6b2" * 10)
    assert _line(client, url, "") == ""
    assert "No email address of this customer" in _line(client, url, "Sure.", channel="email")


@pytest.mark.parametrize("can_mms", [True, False])
def test_the_reply_box_counts_the_links_of_files_that_cannot_be_attached(
    client, message, ann, ann_number, can_mms
):
    ann_number.can_mms = can_mms
    ann_number.save()
    client.force_login(ann.user)
    files = [
        ("bike.jpg", "image/jpeg", b"\xff\xd8\xff"),
        ("bike.zip", "application/zip", b"PK\3\4"),
    ]
    said = {"file_name": [], "file_size": [], "file_type": []}
    for name, kind, content in files:
        for key, value in (("name", name), ("size", len(content)), ("type", kind)):
            said[f"file_{key}"].append(value)
    line = _line(client, f"/conversations/{message.pk}/preview/", "Sure.", **said)
    with stored([InboundFile(*each) for each in files]) as attachments:
        post_reply(Answer(message.pk, ann, "Sure.", attachments=attachments))
    sent = [delivery.rendered.text for delivery in sent_to_customer(message)]
    assert f"{sum(segments_of(text).number for text in sent)} SMS" in line
    assert sum(text.count("/files/") for text in sent) == (1 if can_mms else 2)


def test_what_a_browser_says_of_files_need_not_be_true(client, message, ann):
    client.force_login(ann.user)
    said = {"file_name": ["a", "b"], "file_size": ["9" * 5000, "x"], "file_type": ["", "?"]}
    assert "1 SMS" in _line(client, f"/conversations/{message.pk}/preview/", "Sure.", **said)


def test_reading_it_so_marks_nothing_as_read(client, message, ann):
    client.force_login(ann.user)
    _line(client, f"/conversations/{message.pk}/preview/", "Sure.")
    with change(message.pk) as locked:
        assert locked.status == "unread"


def _line(client, url, text, channel="", **files):
    shown = client.post(url, {"reply": text, "channel": channel, **files})
    assert shown.status_code == 200
    return " ".join(shown.content.decode().split())
