"""Brakes: they limit what is sent by itself, never what is filed."""

from __future__ import annotations

import pytest
import time_machine

from channels_out.models import Delivery
from gateway.conf import reply_domain
from gateway.inbound.messages import Outcome
from gateway.models import Brake, CustomerMessage, HeldReason
from gateway.outbound import brakes
from gateway.outbound.render_mail import own_address
from tests.factories import make_message, make_reply, make_text
from tests.gateway.post import (
    PHONE,
    customer_token,
    header,
    notifications,
    owner_token,
    post,
    sent_to_customer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_at_once")]


@pytest.fixture
def message(ann):
    return make_message(ann)


@pytest.fixture
def few(monkeypatch):
    """Three notifications an hour, and three answers by mail, are all that a person makes."""
    monkeypatch.setattr(brakes, "MOST_NOTICES", 3)
    monkeypatch.setattr(brakes, "MOST_RELAYED", 3)


def public_address(ann):
    return f"{ann.business.slug}@{reply_domain()}"


def digests() -> list[Delivery]:
    return [
        delivery
        for delivery in Delivery.objects.filter(purpose="notification")
        if "more messages" in delivery.rendered.subject
    ]


@pytest.mark.usefixtures("few")
class TestAWriterWithoutEnd:
    def test_f66_a_machine_that_writes_without_end_is_filed_and_tells_nobody_more(self, message):
        for number in range(5):
            post(customer_token(message), text=f"Answer {number}")
        assert message.replies.count() == 5
        assert len(notifications(message)) == 3
        message.refresh_from_db()
        assert message.unread

    def test_f66_nor_one_that_takes_a_new_address_for_each_mail(self, ann):
        for number in range(5):
            ended = post(public_address(ann), sender=f"robot{number}@machine.example")
            assert ended.outcome == Outcome.FILED
        told = [len(notifications(each)) for each in CustomerMessage.objects.order_by("id")]
        assert told == [1, 1, 1, 0, 0]
        assert notifications(post(public_address(ann), sender="noor@home.example").message)

    def test_f66_an_sms_autoresponder(self, ann, ann_number):
        for number in range(6):
            ended = make_text(ann_number, PHONE, f"I am driving ({number})")
        assert ended.message.reply_count == 5
        assert len(notifications(ended.message)) == 3

    def test_it_holds_for_all_conversations_of_one_writer_and_no_other(self, ann):
        told = [len(notifications(make_message(ann))) for _ in range(5)]
        assert told == [1, 1, 1, 0, 0]
        assert notifications(make_message(ann, sender_email="noor@home.example"))

    def test_after_an_hour_one_mail_says_how_many_came_and_the_next_is_told(self, message):
        with time_machine.travel(message.created_at, tick=False) as clock:
            for _ in range(5):
                post(customer_token(message))
            assert (brakes.release_due(), digests()) == (0, [])
            clock.shift(brakes.BRAKE_TIME)
            assert (brakes.release_due(), brakes.release_due()) == (1, 0)
            (digest,) = digests()
            assert digest.rendered.subject == "3 more messages from Maya Okafor"
            assert "not of the 3 that followed" in digest.rendered.text
            assert header(digest.rendered, "Auto-Submitted") == "auto-generated"
            clock.shift(1)
            post(customer_token(message))
        assert len(notifications(message)) == 4
        assert not Brake.objects.exists()


@pytest.mark.usefixtures("few")
class TestAMemberWhoseMailboxAnswersByItself:
    def test_f66_his_answers_are_held_once_they_come_faster_than_anybody_types(self, message, ann):
        ended = [
            post(owner_token(message, ann), sender=ann.user.email, text="I am away.")
            for _ in range(5)
        ]
        assert [each.outcome for each in ended] == [*["relayed"] * 3, *["held"] * 2]
        assert len(sent_to_customer(message)) == 3
        assert ended[-1].held.reason == HeldReason.TOO_FAST

    def test_what_he_writes_later_goes_out(self, message, ann):
        with time_machine.travel(message.created_at, tick=False) as clock:
            for _ in range(4):
                post(owner_token(message, ann), sender=ann.user.email, text="Yes.")
            clock.shift(brakes.RELAY_TIME)
            clock.shift(1)
            ended = post(owner_token(message, ann), sender=ann.user.email, text="And more.")
        assert ended.outcome == "relayed"


class TestMailOfOursThatComesBack:
    def test_f66_under_an_id_of_another_server_it_is_known_by_its_from(self, ann):
        ended = post(public_address(ann), sender=own_address(), message_id="<1@relay.example>")
        assert ended.outcome == Outcome.AUTOMATIC
        assert notifications(ended.message) == []

    @pytest.mark.usefixtures("few")
    def test_f66_two_gateways_in_a_ring_come_to_rest(self, ann, ben):
        """Each one's notifications are passed on, with every mark of ours taken off, to the other's public address."""
        hops, waiting = 0, [(ann, "start@home.example")]
        while waiting:
            member, sender = waiting.pop()
            ended = post(public_address(member), sender=sender, subject="Ring")
            told = len(notifications(ended.message))
            hops += 1
            assert hops < 20
            other, domain = (ben, "ann") if member is ann else (ann, "ben")
            waiting += [(other, f"passed-on-{hops}@{domain}.example")] * told
        assert CustomerMessage.objects.count() == hops


def test_no_brake_touches_what_a_person_sends_by_hand(message, ann, few):
    for number in range(6):
        make_reply(message, ann, f"By hand {number}")
    assert len(sent_to_customer(message)) == 6
