"""A WhatsApp template asks the customer to write, and the answer waits until he does."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from channels_out.outbox import StatusReport, drain, record_status, tick
from channels_out.state import State
from gateway.models import Failure, FailureOutcome, MessageReply
from gateway.outbound.after_failure import follow_up
from gateway.outbound.another_way import send_another_way
from gateway.outbound.answer import Answer, post_reply
from gateway.outbound.by_hand import send_again, take_back
from gateway.outbound.by_phone import WAITS_FOR
from gateway.outbound.failures import RECEIPT_MAY_COME
from gateway.outbound.progress import progress_of
from gateway.own_view import own_replies
from tests.factories import make_reply, make_sender, make_text
from tests.gateway.post import PHONE, notifications, sent_to_customer
from tests.gateway.templates import make_invitation, make_template

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


def report(message, status, code="", *, which=-1):
    """What Twilio says later of an answer."""
    attempt = sent_to_customer(message)[which].tries.latest("number")
    record_status(StatusReport("twilio", status, error_code=code, attempt_id=attempt.pk))


def test_the_answer_follows_when_the_customer_writes(message, ann, ann_whatsapp, memory):
    invitation = make_invitation(ann)
    reply = make_reply(message, ann, "Come by at five.")
    drain()
    asked, waiting = sent_to_customer(message)
    assert memory.accepted[-1][0].rendered.content_sid == invitation.content_sid
    assert (asked.state, waiting.state) == (State.SENT, State.QUEUED)
    progress = progress_of(message.replies.get())
    assert progress.state == State.QUEUED
    assert "asked the customer to write" in progress.reason
    assert [each.pk for each in own_replies(message)] == [reply.pk]
    make_text(ann_whatsapp, PHONE, "Yes please")
    drain()
    assert "Come by at five." in memory.accepted[-1][0].rendered.text
    waiting.refresh_from_db()
    assert waiting.state == State.SENT


def test_what_is_too_long_for_the_other_template_goes_this_way(message, ann):
    make_template(ann)
    invitation = make_invitation(ann)
    make_reply(message, ann, "word " * 220)
    asked, *_ = sent_to_customer(message)
    assert asked.rendered.content_sid == invitation.content_sid


def test_where_he_does_not_write_its_writer_is_told(message, ann, clock, memory):
    make_invitation(ann)
    make_reply(message, ann)
    drain()
    clock.shift(WAITS_FOR + timedelta(seconds=1))
    tick()
    drain()
    follow_up()
    assert "It could not be sent in time" in notifications(message)[-1].rendered.text
    message.contact.addresses.create(
        business=ann.business, channel="email", address="m@x.example", normalized="m@x.example"
    )
    send_another_way(message.replies.get(), "email")
    assert [each.channel for each in sent_to_customer(message)] == ["whatsapp"] * 2 + ["email"]
    assert len(memory.accepted) == 2  # the notification of his message, and the invitation


def test_where_the_template_fails_what_waits_goes_another_way_and_only_there(
    message, ann, ann_whatsapp, clock, memory
):
    ann.business.fails_over = True
    ann.business.save()
    make_text(make_sender(ann.business), PHONE, "And by text")
    make_invitation(ann)
    said = Answer(message.pk, ann, "Come by at five.", channel="whatsapp")
    post_reply(said)
    drain()
    report(message, "undelivered", "63042", which=0)
    clock.shift(RECEIPT_MAY_COME)
    follow_up()
    make_text(ann_whatsapp, PHONE, "Hello?")
    drain()
    states = [(each.channel, each.state) for each in sent_to_customer(message)]
    assert states == [
        ("whatsapp", State.FAILED),
        ("whatsapp", State.CANCELLED),
        ("sms", State.SENT),
    ]


def test_what_its_writer_was_told_not_to_have_arrived_does_not_go_out_later(
    message, ann, ann_whatsapp, clock
):
    make_invitation(ann)
    make_reply(message, ann)
    drain()
    report(message, "undelivered", "63049", which=0)
    clock.shift(RECEIPT_MAY_COME)
    follow_up()
    assert "did not arrive" in notifications(message)[-1].rendered.text
    make_text(ann_whatsapp, PHONE, "Hello?")
    drain()
    states = [each.state for each in sent_to_customer(message)]
    assert states == [State.FAILED, State.CANCELLED]


@pytest.mark.parametrize("writes_first", [True, False])
def test_where_the_customer_wrote_before_that_the_failed_template_is_forgotten(
    message, ann, ann_whatsapp, clock, writes_first
):
    make_invitation(ann)
    reply = make_reply(message, ann)
    drain()
    told = len(notifications(message))

    def fails():
        report(message, "undelivered", "63049", which=0)

    def writes():
        make_text(ann_whatsapp, PHONE, "Hello?")
        drain()

    for happens in (writes, fails) if writes_first else (fails, writes):
        happens()
    clock.shift(RECEIPT_MAY_COME)
    follow_up()
    message.refresh_from_db()
    assert progress_of(MessageReply.objects.get(pk=reply.pk)).state == State.SENT
    assert not message.has_failed
    assert Failure.objects.get().outcome == FailureOutcome.OVER
    assert len(notifications(message)) == told + 1  # of what he wrote


def test_who_writes_while_it_can_be_taken_back_gets_nothing_that_is(
    message, ann, ann_whatsapp, clock, memory
):
    make_invitation(ann)
    reply = post_reply(Answer(message.pk, ann, "Come by at five.", wait=timedelta(seconds=5)))
    make_text(ann_whatsapp, PHONE, "Hello?")
    drain()
    take_back(reply)
    clock.shift(timedelta(seconds=5))
    drain()
    assert [each.state for each in sent_to_customer(message)] == [State.CANCELLED] * 2


def test_sent_again_after_it_waited_in_vain_it_asks_again(message, ann, clock, memory):
    make_invitation(ann)
    reply = make_reply(message, ann)
    drain()
    clock.shift(WAITS_FOR + timedelta(seconds=1))
    tick()
    follow_up()
    send_again(reply)
    drain()
    states = [each.state for each in sent_to_customer(message)]
    assert states == [State.SENT, State.FAILED, State.SENT, State.QUEUED]


def test_its_parts_are_not_parted_by_the_next_answer(message, ann, ann_whatsapp, memory):
    make_invitation(ann)
    make_reply(message, ann, "one " * 400 + "two " * 10)
    drain()
    make_text(ann_whatsapp, PHONE, "Hello?")
    make_reply(message, ann, "Next")
    for _ in range(3):
        drain()
    sent = [out.rendered.text for out, _ in memory.accepted if out.channel == "whatsapp"]
    assert [text.split()[-1] for text in sent[1:]] == ["one", "two", "Next"]
