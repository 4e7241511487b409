"""Nothing is heard of an answer on WhatsApp for a day: its writer is asked, or the customer gets a link."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import NotPossible, StatusReport, drain, record_status, tick
from channels_out.outbox.ledger import Ledger
from channels_out.outbox.record import locked
from channels_out.state import State
from gateway.links import conversation_url
from gateway.models import Silence, SilenceOutcome
from gateway.outbound.after_silence import follow_up
from gateway.outbound.by_phone import HEARD_WITHIN, STALE_AFTER
from gateway.outbound.nudge import nudge
from gateway.outbound.ways import NotReachable
from tests.factories import make_member, make_reply, make_text
from tests.gateway.post import (
    MAYA,
    PHONE,
    customer_token,
    header,
    notifications,
    post,
    sent_to_customer,
)

pytestmark = pytest.mark.django_db
WORDS = "Come by at five."


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-03-03T14:05:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def message(ann, ann_whatsapp, ann_number, memory):
    """Maya wrote by text once, and then on WhatsApp, where her answer went."""
    message = make_text(ann_whatsapp, PHONE, "Hi", from_name="Maya").message
    message.contact.addresses.create(
        business=ann.business,
        channel="sms",
        address=PHONE,
        normalized=PHONE,
        last_inbound_at=timezone.now(),
    )
    make_reply(message, ann, WORDS)
    drain()
    return message


@pytest.fixture
def nudges(ann):
    ann.business.nudges = True
    ann.business.save()


def a_day_later(clock):
    clock.shift(HEARD_WITHIN)
    return follow_up()


def outcome():
    return Silence.objects.latest("created_at").outcome


def links_sent():
    return list(Delivery.objects.filter(purpose="nudge"))


def fail(link):
    drain()
    attempt = link.tries.get()
    with transaction.atomic(), Ledger() as ledger:
        [delivery] = locked([link.pk])
        ledger.advance(delivery, attempt, State.FAILED, BadAddress())


def report(message, status):
    attempt = sent_to_customer(message)[0].tries.get()
    record_status(StatusReport("twilio", status, attempt_id=attempt.pk))


def test_its_writer_is_asked_once(message, clock):
    assert a_day_later(clock) == 1
    assert a_day_later(clock) == 0
    mail = notifications(message)[-1].rendered
    assert "has not said within a day that your answer reached Maya" in mail.text
    assert WORDS in mail.text
    assert mail.reply_to == ""
    assert outcome() == SilenceOutcome.TOLD
    assert not links_sent()


@pytest.mark.usefixtures("nudges")
class TestByItself:
    def test_its_words_are_as_cheap_as_those_of_an_answer(self, ann, message, clock):
        ann.business.name = "Ann\u2019s Bikes"
        ann.business.save()
        a_day_later(clock)
        assert links_sent()[0].rendered.text.startswith("Ann's Bikes has answered you.")

    def test_the_customer_gets_a_link_and_never_the_text(self, message, clock):
        a_day_later(clock)
        (link,) = links_sent()
        assert (link.channel, link.to_address) == ("sms", PHONE)
        text = link.rendered.text
        assert text == f"Ann's Bikes has answered you. Read it here: {conversation_url(message)}"
        assert len(sent_to_customer(message)) == 1
        assert outcome() == SilenceOutcome.NUDGED

    def test_what_is_answered_to_the_link_belongs_to_the_conversation(
        self, message, clock, ann_number
    ):
        a_day_later(clock)
        assert make_text(ann_number, PHONE, "Thanks").message == message

    @pytest.mark.parametrize("status", ["delivered", "read", "failed"])
    def test_f11_what_was_heard_of_needs_no_link(self, message, clock, status):
        report(message, status)
        a_day_later(clock)
        assert not links_sent()
        assert outcome() == SilenceOutcome.HEARD

    def test_who_wrote_again_has_his_phone_on(self, message, clock, ann_whatsapp):
        clock.shift(timedelta(hours=1))
        make_text(ann_whatsapp, PHONE, "Well?")
        a_day_later(clock)
        assert outcome() == SilenceOutcome.HEARD

    def test_where_no_other_way_is_known_its_writer_is_asked(self, message, clock):
        message.contact.addresses.filter(channel="sms").delete()
        a_day_later(clock)
        assert outcome() == SilenceOutcome.TOLD

    def test_a_phone_that_was_only_typed_into_a_form_gets_none(self, message, clock):
        message.contact.addresses.filter(channel="sms").update(last_inbound_at=None)
        a_day_later(clock)
        assert not links_sent()
        assert outcome() == SilenceOutcome.TOLD

    def test_where_it_fails_the_next_way_is_taken_and_then_its_writer_is_asked(
        self, message, clock, ann
    ):
        message.contact.addresses.create(
            business=ann.business, channel="email", address=MAYA, normalized=MAYA
        )
        a_day_later(clock)
        for way in ("sms", "email"):
            link = links_sent()[0]
            assert link.channel == way
            fail(link)
            assert follow_up() == 1
        assert len(links_sent()) == 2
        assert "has not said within a day" in notifications(message)[-1].rendered.text
        assert set(Silence.objects.values_list("due_at", flat=True)) == {None}
        assert SilenceOutcome.NUDGED not in Silence.objects.values_list("outcome", flat=True)

    def test_one_that_waited_for_a_day_does_not_go_out_any_more(self, message, clock):
        a_day_later(clock)
        clock.shift(STALE_AFTER)
        tick()
        drain()
        assert [each.state for each in links_sent()] == [State.FAILED]
        follow_up()
        assert "has not said within a day" in notifications(message)[-1].rendered.text

    def test_a_budget_that_is_used_up_sends_none(self, message, clock, ann):
        ann.business.texts_a_day = 0
        ann.business.save()
        a_day_later(clock)
        assert not links_sent()
        assert outcome() == SilenceOutcome.TOLD

    def test_its_words_are_the_customers(self, message, clock):
        message.language = "de"
        message.save()
        a_day_later(clock)
        assert "hat Ihnen geantwortet" in links_sent()[0].rendered.text


class TestByHand:
    def test_a_member_sends_the_link_once_and_the_thread_says_so(self, client, message, ann, clock):
        client.force_login(ann.user)
        page = f"/conversations/{message.pk}/"
        assert "Send a link to read it" not in client.get(page).content.decode()
        a_day_later(clock)
        assert "Send a link to read it" in client.get(page).content.decode()
        reply = message.replies.get()
        for said in ("A link is on its way by text message.", "was sent a link before"):
            answer = client.post(f"/replies/{reply.pk}/send-link/", follow=True)
            assert said in answer.content.decode()
        assert "the customer got a link to read it, by SMS" in client.get(page).content.decode()
        assert len(links_sent()) == 1

    def test_another_businesss_member_sends_none(self, client, message):
        client.force_login(make_member().user)
        reply = message.replies.get()
        assert client.post(f"/replies/{reply.pk}/send-link/").status_code == 404
        assert not links_sent()

    def test_by_mail_it_comes_in_the_thread(self, message, ann):
        message.contact.addresses.create(
            business=ann.business, channel="email", address="m@x.example", normalized="m@x.example"
        )
        assert nudge(message.replies.get(), "email") == "email"
        (mail,) = links_sent()
        assert mail.rendered.subject == "Re: Hi"
        assert mail.rendered.reply_to.endswith("@reply.gateway.test")
        assert conversation_url(message) in mail.rendered.text

    def test_only_what_went_out_and_was_not_heard_of(self, message):
        report(message, "delivered")
        with pytest.raises(NotPossible, match="nothing was heard"):
            nudge(message.replies.get())
        with pytest.raises(NotReachable, match="No email address"):
            nudge(message.replies.get(), "email")
        with pytest.raises(NotReachable, match="by text message or by email"):
            nudge(message.replies.get(), "whatsapp")


def test_a_link_by_mail_stands_in_the_thread_of_what_the_customer_mailed(message, ann):
    reply = message.replies.get()
    message.contact.addresses.create(
        business=ann.business, channel="email", address=MAYA, normalized=MAYA
    )
    post(customer_token(message), message_id="<maya-1@home.example>")
    nudge(reply, "email")
    (link,) = links_sent()
    assert header(link.rendered, "In-Reply-To") == "<maya-1@home.example>"
