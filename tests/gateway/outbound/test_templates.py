"""WhatsApp once the customer's 24 hours are over: the answer goes in a template, or waits for his word."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from channels_out.channel import Channel
from channels_out.outbox import StatusReport, drain, record_status
from channels_out.state import State
from gateway.models import Failure, FailureOutcome, MessageReply, WhatsAppTemplate
from gateway.outbound.after_failure import follow_up
from gateway.outbound.another_way import send_another_way
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.by_hand import send_again
from gateway.outbound.failures import RECEIPT_MAY_COME
from gateway.outbound.ways import NotReachable, ways_to
from tests.factories import make_listing, make_message, make_reply, make_sender, make_text
from tests.gateway.post import PHONE, newest_notification, notifications, sent_to_customer
from tests.gateway.templates import make_template

pytestmark = pytest.mark.django_db
TUESDAY = "2026-03-03T14:05:00Z"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(TUESDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def message(ann, ann_whatsapp, clock, memory):
    """Maya wrote on WhatsApp two days ago."""
    message = make_text(ann_whatsapp, PHONE, "Hi", from_name="Maya").message
    drain()
    clock.shift(timedelta(days=2))
    return message


def on_whatsapp(message):
    return next(way for way in ways_to(message) if way.channel == Channel.WHATSAPP)


def report(message, status, code="", *, which=-1):
    """What Twilio says later of an answer."""
    attempt = sent_to_customer(message)[which].tries.latest("number")
    record_status(StatusReport("twilio", status, error_code=code, attempt_id=attempt.pk))


class TestATemplateThatCarriesTheAnswer:
    def test_the_answer_goes_in_it_with_its_places_filled(self, message, ann, memory):
        template = make_template(ann)
        reply = make_reply(message, ann, "Yes.\n\nCome by   at five.")
        drain()
        sent = memory.accepted[-1][0].rendered
        assert sent.content_sid == template.content_sid
        places = {"1": "Maya", "2": "Ann's Bikes", "3": "Yes. Come by at five."}
        assert dict(sent.content_variables) == places
        assert sent.text == (
            "Hello Maya, Ann's Bikes has answered you: Yes. Come by at five. You can write back here."
        )
        assert reply.reply == "Yes.\n\nCome by   at five."

    def test_within_the_window_it_goes_as_free_text(self, ann, ann_whatsapp, clock, memory):
        make_template(ann)
        message = make_text(ann_whatsapp, PHONE, "Hi").message
        make_reply(message, ann)
        assert not sent_to_customer(message)[0].rendered.content_sid

    def test_the_way_says_why(self, message, ann):
        make_template(ann)
        assert on_whatsapp(message).usable
        assert on_whatsapp(message).note == (
            "WhatsApp closed Wed 14:05, 24 hours after the customer last wrote there. "
            "It goes in the template “Your answer”."
        )

    def test_the_first_line_of_a_notice_says_it(self, message, ann, memory):
        make_template(ann)
        make_message(
            ann, sender_email="", sender_phone=PHONE, reply_by="whatsapp", consent="Yes, WhatsApp"
        )
        first_line = newest_notification(ann.business.messages.latest("created_at")).text
        assert first_line.startswith(f"Your answer goes by WhatsApp template to {PHONE}.")

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"sender": "another"}])
    def test_one_that_is_off_or_another_numbers_is_no_way(self, message, ann, fields):
        if "sender" in fields:
            fields = {"sender": make_sender(ann.business, Channel.WHATSAPP)}
        make_template(ann, **fields)
        assert "24 hours after" in on_whatsapp(message).reason

    def test_another_businesss_is_no_way(self, message, ben):
        template = make_template(ben)
        assert not on_whatsapp(message).usable
        with pytest.raises(NotReachable, match="no such WhatsApp template"):
            post_reply(Answer(message.pk, ann_of(message), "Yes", template=template.pk))

    def test_the_conversations_language_and_no_advertising_come_first(self, message, ann):
        make_template(ann, name="Ad", category="marketing", content_sid=f"HX{1:032d}")
        make_template(ann, name="Deutsch", language="de", content_sid=f"HX{2:032d}")
        make_template(ann, name="English", content_sid=f"HX{3:032d}")
        message.language = "de"
        message.save()
        assert [str(each) for each in on_whatsapp(message).templates] == [
            "Deutsch",
            "English",
            "Ad",
        ]

    def test_who_has_only_typed_a_number_gets_none_without_his_consent(self, ann, ann_whatsapp):
        make_template(ann)
        typed = {"sender_email": "", "sender_phone": PHONE, "reply_by": "whatsapp"}
        assert "has written there first" in on_whatsapp(make_message(ann, **typed)).reason
        agreed = make_message(ann, **typed, subject="Again", consent="You may answer by WhatsApp")
        assert on_whatsapp(agreed).usable

    def test_a_customer_who_opted_out_gets_none(self, message, ann, ann_whatsapp):
        make_template(ann)
        make_text(ann_whatsapp, PHONE, "STOP")
        assert "opted out" in on_whatsapp(message).reason

    def test_what_does_not_fit_is_said_before_it_is_sent(self, message, ann, ann_whatsapp):
        make_template(ann)
        with pytest.raises(NotReachable, match="takes 1024 characters in a template; this is"):
            make_reply(message, ann, "word " * 220)
        assert not MessageReply.objects.exists()

    def test_a_template_that_needs_what_there_is_not_is_passed_over(self, message, ann):
        make_template(ann, body="{{1}}: {{2}}", places={"1": "listing", "2": "answer"})
        message.subject = ""
        message.save()
        with pytest.raises(NotReachable, match="needs the listing's title, and there is none"):
            make_reply(message, ann)

    def test_the_listing_and_the_link_fill_a_place(self, ann, ann_whatsapp, message):
        make_template(
            ann,
            body="About {{listing}}: {{answer}} {{link}}",
            places={"listing": "listing", "answer": "answer", "link": "link"},
        )
        message.listing_snapshot = {"title": str(make_listing(ann.business))}
        message.save()
        make_reply(message, ann, "Yes.")
        text = sent_to_customer(message)[0].rendered.text
        assert text.startswith("About Blue bike: Yes. https://gateway.test/c/")

    def test_values_of_ones_own_fill_a_place_but_not_the_answers(self, message, ann):
        template = make_template(ann)

        def send(**given):
            return post_reply(
                Answer(message.pk, ann, "Yes.", template=template.pk, variables=given)
            )

        for given, problem in (
            ({"1": "Dear\nMaya"}, "a line break, a tab or more than four spaces"),
            ({"3": "No."}, "holds the answer's text"),
            ({"4": "?"}, "has no place 4"),
            ({"1": " "}, "needs the customer's name"),
        ):
            with pytest.raises(NotReachable, match=problem):
                send(**given)
        send(**{"1": "dear Maya"})
        assert sent_to_customer(message)[0].rendered.text.startswith("Hello dear Maya, Ann's")


def ann_of(message):
    return message.business.memberships.get()


class TestTheWindowThatClosedMeanwhile:
    @pytest.fixture
    def late(self, ann, ann_whatsapp, ann_number, clock, memory):
        """An answer that WhatsApp refused, though by our clock there was time."""
        make_template(ann)
        message = make_text(ann_whatsapp, PHONE, "Hi", from_name="Maya").message
        drain()
        clock.shift(timedelta(minutes=5))
        make_reply(message, ann, "Come by at five.")
        drain()
        report(message, "undelivered", "63016")
        clock.shift(RECEIPT_MAY_COME)
        return message

    def test_f09_its_writer_is_told_and_the_template_is_offered(self, late, ann):
        (failed,) = sent_to_customer(late)
        assert (failed.state, failed.error_name) == (State.FAILED, "window_closed")
        follow_up()
        mail = notifications(late)[-1].rendered.text
        assert "within 24 hours of the customer's last message" in mail
        assert f"Send it by WhatsApp template to {PHONE}" in mail
        send_another_way(late.replies.get(), "whatsapp")
        assert sent_to_customer(late)[-1].rendered.content_sid

    def test_f09_by_itself_it_goes_in_the_template_and_then_as_a_text(
        self, late, ann, clock, memory
    ):
        ann.business.fails_over = True
        ann.business.save()
        make_text(make_sender(ann.business), PHONE, "And by text")
        follow_up()
        free, template = sent_to_customer(late)
        assert not free.rendered.content_sid
        assert template.rendered.content_sid
        drain()
        report(late, "undelivered", "63041")
        clock.shift(RECEIPT_MAY_COME)
        follow_up()
        hops = [(each.channel, bool(each.rendered.content_sid)) for each in sent_to_customer(late)]
        assert hops == [("whatsapp", False), ("whatsapp", True), ("sms", False)]
        outcomes = set(Failure.objects.values_list("outcome", flat=True))
        assert outcomes == {FailureOutcome.ANOTHER_WAY}

    def test_f09_sent_again_it_goes_in_the_template(self, late, ann, memory):
        send_again(late.replies.get())
        drain()
        assert memory.accepted[-1][0].rendered.content_sid == f"HX{'a' * 32}"

    def test_f09_without_a_template_it_is_not_sent_again(self, late):
        WhatsAppTemplate.objects.update(is_active=False)
        with pytest.raises(NotReachable, match="24 hours are over"):
            send_again(late.replies.get())

    def test_who_wrote_again_since_is_answered_with_free_text(self, late, ann_whatsapp, clock):
        clock.shift(timedelta(minutes=1))
        make_text(ann_whatsapp, PHONE, "Hello?")
        send_another_way(late.replies.get(direction="outbound"), "whatsapp")
        assert not sent_to_customer(late)[-1].rendered.content_sid

    def test_a_number_that_is_not_on_whatsapp_gets_no_template(
        self, ann, ann_whatsapp, clock, memory
    ):
        make_template(ann)
        message = make_text(ann_whatsapp, PHONE, "Hi").message
        drain()
        make_reply(message, ann)
        drain()
        report(message, "failed", "63003")
        clock.shift(RECEIPT_MAY_COME)
        follow_up()
        assert (
            "No other way to this customer is known here; perhaps you"
            in notifications(message)[-1].rendered.text
        )


@pytest.mark.parametrize(
    ("places", "problem"),
    [
        ({"1": "answer"}, "Say what fills {{2}}."),
        ({"1": "answer", "2": "weather"}, "Nothing is called weather"),
        (["answer"], "Write each place"),
    ],
)
def test_a_template_is_checked_when_it_is_written_down(ann, places, problem):
    template = make_template(ann)
    template.body, template.places = "{{1}} {{2}}", places
    with pytest.raises(ValidationError, match=re.escape(problem)):
        template.full_clean()


def test_a_preview_shows_what_the_customer_reads(client, message, ann):
    make_template(ann)
    client.force_login(ann.user)
    path = f"/conversations/{message.pk}/"
    assert "The template that fits" in client.get(path).content.decode()
    said = {"reply": "Come by\nat five.", "channel": "whatsapp"}
    page = client.post(f"{path}preview/", said).content.decode()
    assert "Maya, Ann&#x27;s Bikes has answered you: Come by at five." in page
    too_long = client.post(f"{path}preview/", {**said, "reply": "word " * 220}).content.decode()
    assert "takes 1024 characters in a template" in too_long


def test_a_form_sends_the_template_that_was_chosen(client, message, ann):
    make_template(ann)
    other = make_template(ann, name="Other", content_sid=f"HX{'c' * 32}")
    client.force_login(ann.user)
    said = {
        "reply": "Yes",
        "channel": "whatsapp",
        "template": other.pk,
        "seen": message.pk,
        "form_id": "0198c1f0-0000-7000-8000-000000000000",
    }
    client.post(f"/conversations/{message.pk}/", said)
    assert sent_to_customer(message)[0].rendered.content_sid == other.content_sid
