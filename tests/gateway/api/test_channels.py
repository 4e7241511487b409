"""By which channels a customer can be reached and why, in which templates, and what a business may send."""

from __future__ import annotations

from base64 import b64encode

import pytest
import time_machine

from channels_out.models import Delivery
from gateway.models import TextsSent
from tests.factories import make_member, make_message, make_reply, make_sender, make_text
from tests.gateway.post import MAYA, PHONE
from tests.gateway.templates import make_template

pytestmark = pytest.mark.django_db
LONG = "A word. " * 150
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.fixture
def message(ann):
    """Maya wrote on WhatsApp long ago."""
    sender = make_sender(ann.business, "whatsapp")
    with time_machine.travel("2026-03-03T14:05:00Z", tick=False):
        return make_text(sender, PHONE, "Hi", from_name="Maya").message


def channels_of(api, message):
    shown = api.get(f"business/messages/{message.pk}/channels/").json()
    return shown, {each["channel"]: each for each in shown["channels"]}


def test_each_channel_says_why_it_cannot_be_used(api, message):
    shown, by = channels_of(api, message)
    assert (shown["preferred"], shown["because"]) == (None, "")
    assert by["email"]["reason"] == "No email address of this customer is known."
    assert by["whatsapp"]["reason"].startswith("WhatsApp closed Wed 14:05")
    assert by["whatsapp"]["closes_at"] == "2026-03-04T14:05:00Z"


def test_a_template_opens_it_and_is_named(api, message, ann):
    template = make_template(ann)
    shown, by = channels_of(api, message)
    assert (shown["preferred"], shown["because"]) == ("whatsapp", "It is the only way.")
    assert by["whatsapp"]["usable"]
    assert "in the template “Your answer”" in by["whatsapp"]["note"]
    (named,) = by["whatsapp"]["templates"]
    assert named == api.get("business/templates/").json()[0]
    assert (named["id"], named["places"]["3"]) == (str(template.pk), "answer")


def test_why_one_is_preferred(api, ann):
    make_sender(ann.business)
    both = {"sender_email": MAYA, "sender_phone": PHONE}
    wished = make_message(ann, **both, reply_by="sms")
    assert channels_of(api, wished)[0]["because"] == "The customer asked for it."
    assert channels_of(api, make_message(ann, **both, subject="2"))[0]["preferred"] == "email"


def test_a_reply_names_its_template_and_its_values(api, message, ann):
    template = make_template(ann)
    path = f"business/messages/{message.pk}/"
    said = {"reply": "Yes.", "template": str(template.pk), "variables": {"1": "dear Maya"}}
    shown = api.post(f"{path}preview/", said).json()
    words = "Hello dear Maya, {} has answered you: Yes. You can write back here."
    assert shown["texts"] == [words.format(ann.business.name)]
    assert shown["template"] == str(template.pk)
    answer = api.post(f"{path}reply/", said)
    assert (answer.status_code, answer.json()["channel"]) == (201, "whatsapp")
    assert Delivery.objects.get(purpose="reply").rendered.content_sid == template.content_sid


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"variables": {"1": "x"}}, "name one"),
        ({"template": "0198c1f0-0000-7000-8000-000000000000"}, "no such WhatsApp template"),
        ({"template": "ours", "variables": {"9": "x"}}, "has no place 9"),
        ({"template": "ours", "variables": {"\ud800": "x"}}, "by letters and digits"),
        ({"template": "ours", "variables": {"1": "two\nlines"}}, "a line break"),
        ({"template": "ours", "reply": LONG}, "takes 1024 characters"),
        ({"template": "ours", "channel": "sms"}, "by WhatsApp only"),
    ],
)
def test_what_does_not_fit_is_a_400_with_the_reason(api, message, ann, said, problem):
    template = make_template(ann)
    if said.get("template") == "ours":
        said = {**said, "template": str(template.pk)}
    answer = api.post(f"business/messages/{message.pk}/reply/", {"reply": "Yes.", **said})
    assert answer.status_code == 400
    assert problem in answer.json()["errors"][0]["detail"]


class TestWhatSuitsAMail:
    @pytest.fixture
    def texted(self, ann):
        """Maya gave both addresses, and wrote by text last."""
        make_sender(ann.business)
        message = make_message(ann, sender_email=MAYA, sender_phone=PHONE)
        message.replies.create(direction="inbound", channel="sms", reply="By text, please")
        return message

    def test_a_short_answer_goes_where_he_wrote_last(self, api, texted):
        answer = api.post(f"business/messages/{texted.pk}/reply/", {"reply": "Yes."})
        assert answer.json()["channel"] == "sms"

    def test_a_long_one_goes_by_mail(self, api, texted):
        answer = api.post(f"business/messages/{texted.pk}/reply/", {"reply": LONG})
        assert answer.json()["channel"] == "email"

    @pytest.mark.parametrize(
        ("content", "content_type", "channel"),
        [(b"%PDF-1.7", "application/pdf", "email"), (PNG, "image/png", "sms")],
    )
    def test_a_document_goes_by_mail_and_a_picture_does_not(
        self, api, texted, content, content_type, channel
    ):
        file = {
            "name": "file",
            "content_type": content_type,
            "content": b64encode(content).decode(),
        }
        said = {"reply": "Here", "attachments": [file]}
        answer = api.post(f"business/messages/{texted.pk}/reply/", said)
        assert answer.json()["channel"] == channel

    def test_a_channel_that_was_named_is_kept(self, api, texted):
        said = {"reply": LONG, "channel": "sms"}
        answer = api.post(f"business/messages/{texted.pk}/reply/", said)
        assert answer.json()["channel"] == "sms"

    def test_a_customers_wish_is_kept(self, api, ann):
        make_sender(ann.business)
        wished = make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="sms")
        answer = api.post(f"business/messages/{wished.pk}/reply/", {"reply": LONG})
        assert answer.json()["channel"] == "sms"


def test_what_a_business_may_send(api, ann):
    make_sender(ann.business)
    make_reply(make_message(ann, sender_email="", sender_phone=PHONE), ann)
    (limits,) = api.get("business/limits/").json()
    assert limits == {
        "business": str(ann.business.pk),
        "texts_a_day": 1000,
        "texts_today": 1,
        "countries": [],
        "fails_over": False,
        "nudges": False,
    }


def test_a_budget_that_is_used_up_is_a_400_with_what_is_left(api, ann):
    make_sender(ann.business)
    TextsSent.objects.create(business=ann.business, day="2026-03-03", segments=1000)
    message = make_message(ann, sender_email=MAYA, sender_phone=PHONE)
    with time_machine.travel("2026-03-03T14:05:00Z", tick=False):
        path = f"business/messages/{message.pk}/reply/"
        answer = api.post(path, {"reply": "Yes.", "channel": "sms"})
    assert answer.status_code == 400
    assert "may send 1000 texts a day" in answer.json()["reason"]
    assert answer.json()["usable"] == ["email"]


def test_f73_another_businesss_are_not_shown(caller_for, message, ann):
    make_template(ann)
    stranger = caller_for(make_member().user)
    assert stranger.get("business/templates/").json() == []
    assert stranger.get(f"business/messages/{message.pk}/channels/").status_code == 404
    assert stranger.get("business/limits/").json()[0]["business"] != str(ann.business.pk)


def test_a_link_needs_another_way(api, message, ann):
    make_template(ann)
    reply = make_reply(message, ann)
    answer = api.post(f"business/replies/{reply.pk}/nudge/")
    assert answer.status_code == 400
    assert "No other way" in answer.json()["reason"]
