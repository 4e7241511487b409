"""What a member does in the dashboard about an answer on its way."""

from __future__ import annotations

import pytest
import time_machine
from django.utils import timezone

from channels_out.channel import Channel
from channels_out.errors import BadAddress
from channels_out.models import Circuit
from channels_out.outbox import drain
from channels_out.state import State
from gateway.dashboard.compose import UNDO
from gateway.models import MessageReply, Status
from gateway.own_view import own_replies
from tests.factories import make_member, make_message, make_reply, make_sender, make_text
from tests.gateway.dashboard.conftest import client_of
from tests.gateway.dashboard.pages import fields_of, press, read, submit, text_of
from tests.gateway.post import MAYA, PHONE, sent_to_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ann):
    """A customer who wishes to be texted and gave an address as well."""
    make_sender(ann.business)
    return make_message(ann, sender_email=MAYA, sender_phone=PHONE, reply_by="sms")


def opened(browser, message):
    return read(browser.get(f"/conversations/{message.pk}/"))


def buttons(page):
    return [" ".join(button.get_text().split()) for button in page.select("form.again button")]


def test_an_answer_that_waits_for_a_provider_says_so(ann, browser, message):
    make_reply(message, ann)
    Circuit.objects.create(channel="sms", failures=5, opened_at=timezone.now())
    told = "The provider cannot be reached at the moment; nothing was sent yet."
    assert told in opened(browser, message).get_text()
    Circuit.objects.update(opened_at=None)
    assert told not in opened(browser, message).get_text()


class TestTakingBack:
    def test_an_answer_waits_for_five_seconds_and_then_goes_out(self, browser, message, provider):
        drain()  # what Ann is told
        submit(browser, opened(browser, message), "#composer", reply="Come by at five.")
        drain()
        assert [each.state for each in sent_to_customer(message)] == [State.QUEUED]
        assert not own_replies(message).exists()
        with time_machine.travel(timezone.now() + UNDO):
            drain()
        assert [each.state for each in sent_to_customer(message)] == [State.SENT]

    def test_until_then_it_is_taken_back_and_its_words_are_in_the_box_again(
        self, browser, message, provider
    ):
        submit(browser, opened(browser, message), "#composer", reply="Come by at five.")
        done = read(press(browser, opened(browser, message), "Take back"))
        assert "Taken back: it was not sent." in done.get_text()
        assert fields_of(done.select_one("#composer"))["reply"] == "Come by at five."
        message.refresh_from_db()
        assert message.status == Status.READ
        with time_machine.travel(timezone.now() + UNDO):
            drain()
        assert [each.state for each in sent_to_customer(message)] == [State.CANCELLED]
        # Sent anew, it is another answer: the form is not the one that was taken back.
        submit(browser, done, "#composer", reply="Come by at six.")
        assert [reply.reply for reply in MessageReply.objects.order_by("created_at")] == [
            "Come by at five.",
            "Come by at six.",
        ]

    def test_the_list_says_whose_the_newest_words_are_and_forgets_what_was_taken_back(
        self, browser, message, ann, provider
    ):
        def shown():
            return text_of(opened(browser, message), f"#row-{message.pk} .c2")

        before = shown()
        for words in ("Come by at five.", "Come by at six."):
            make_reply(message, ann, words)
            assert shown() == f"You: {words}"
            press(browser, opened(browser, message), "Take back")
            assert shown() == before
        message.refresh_from_db()
        assert (message.last_reply_at, message.last_activity_at) == (None, message.created_at)

    def test_f75_later_it_says_that_it_is_too_late(self, browser, message, ann, provider):
        make_reply(message, ann)
        page = opened(browser, message)
        drain()
        assert (
            "It is too late to take this answer back."
            in read(press(browser, page, "Take back")).get_text()
        )
        assert buttons(opened(browser, message)) == []

    def test_an_answer_of_which_a_part_has_begun_shows_no_button(
        self, browser, message, ann, provider
    ):
        drain()
        make_reply(message, ann, "word " * 400)
        assert buttons(opened(browser, message)) == ["Take back"]
        drain(limit=1)
        assert buttons(opened(browser, message)) == []

    def test_the_words_are_in_no_other_conversations_box(self, browser, message, ann):
        submit(browser, opened(browser, message), "#composer", reply="Come by at five.")
        press(browser, opened(browser, message), "Take back")
        other, taken = make_message(ann, "Something else"), MessageReply.objects.get()
        page = read(browser.get(f"/conversations/{other.pk}/?draft={taken.pk}"))
        assert fields_of(page.select_one("#composer"))["reply"] == ""

    def test_the_words_are_in_nobody_elses_box(self, browser, message, ann):
        submit(browser, opened(browser, message), "#composer", reply="Come by at five.")
        done = press(browser, opened(browser, message), "Take back")
        colleague = client_of(make_member(ann.business))
        page = read(colleague.get(done.redirect_chain[-1][0]))
        assert fields_of(page.select_one("#composer"))["reply"] == ""


class TestAfterAFailure:
    def test_it_goes_another_way_and_the_page_says_which_it_went_before(
        self, browser, message, ann, provider
    ):
        provider.refuse(message, ann)
        page = opened(browser, message)
        assert buttons(page) == ["Send again", "Send by Email"]
        button = page.select_one("form.again button[name=channel]")
        form = button.find_parent("form")
        browser.post(form["action"], fields_of(form) | {"channel": button["value"]})
        assert [each.channel for each in sent_to_customer(message)] == [
            Channel.SMS,
            Channel.EMAIL,
        ]
        page = opened(browser, message)
        assert text_of(page, "#thread .hop").startswith("Before, by SMS:")
        assert buttons(page) == ["Take back"]

    def test_the_same_button_pressed_twice_sends_it_once(self, browser, message, ann, provider):
        reply = provider.refuse(message, ann)
        for _ in range(2):
            browser.post(f"/replies/{reply.pk}/send-again/", {"channel": "email"})
        assert len(sent_to_customer(message)) == 2

    def test_where_a_part_arrived_only_the_rest_is_offered_again(
        self, browser, message, ann, provider
    ):
        drain()
        make_reply(message, ann, "word " * 400)
        provider.memory.answers.append(BadAddress())
        drain()
        assert buttons(opened(browser, message)) == ["Send again"]

    def test_to_a_phone_that_said_stop_it_is_not_sent_again_and_the_page_says_why(
        self, browser, message, ann, provider
    ):
        provider.refuse(message, ann)
        make_text(message.business.dedicated_senders.get().sender, PHONE, "STOP")
        page = read(press(browser, opened(browser, message), "Send again"))
        assert "The customer has opted out (STOP) on this channel." in page.get_text()
        assert [each.state for each in sent_to_customer(message)] == [State.FAILED]

    def test_a_channel_that_leads_nowhere_is_named(self, browser, message, ann, provider):
        reply = provider.refuse(message, ann)
        told = browser.post(
            f"/replies/{reply.pk}/send-again/", {"channel": "whatsapp"}, follow=True
        )
        assert "No WhatsApp number of this customer is known." in read(told).get_text()
