"""A customer who writes eight texts in five minutes makes two mails, not eight."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from channels_out.errors import BadAddress
from channels_out.models import Delivery
from channels_out.outbox import drain
from channels_out.state import State
from gateway.action_links import asked_by
from gateway.held import open_items
from gateway.inbound.messages import InboundFile, Outcome
from gateway.join import join
from gateway.models import CustomerMessage
from gateway.outbound.after_failure import follow_up
from gateway.states import mark_as_read, trash
from gateway.telling import of_one
from gateway.telling.plan import GATHER_FOR
from tests.factories import make_member, make_message, make_reply, make_text
from tests.gateway.post import (
    PHONE,
    customer_token,
    header,
    notifications,
    owner_token,
    post,
    sent_to_customer,
)
from tests.gateway.telling.days import sent, waiting, worker_looks

pytestmark = pytest.mark.django_db


@pytest.fixture
def burst(ann_number, clock) -> CustomerMessage:
    """Eight texts, 40 seconds apart; a worker looks all the time."""
    for number in range(1, 9):
        message = make_text(ann_number, PHONE, f"Text {number}.").message
        worker_looks()
        clock.shift(timedelta(seconds=40))
    return message


def buttons(mail):
    """Of which message the buttons in a mail are."""
    links = re.findall(r": \S+/act/(\S+)/", mail.rendered.text)
    return [asked_by(link).written for link in links]


class TestABurst:
    def test_it_makes_two_mails_with_every_text_whole(self, burst, clock):
        first, second = worker_looks()
        assert "Text 1." in first.rendered.text
        assert "Text 2." not in first.rendered.text
        texts = [f"Text {number}." for number in range(2, 9)]
        positions = [second.rendered.text.index(text) for text in texts]
        assert positions == sorted(positions)
        assert all(text in second.rendered.html for text in texts)
        clock.shift(timedelta(hours=1))
        assert len(worker_looks()) == 2
        assert waiting() == 0

    def test_the_second_is_answered_by_replying_and_threads_below_the_first(self, burst, ann):
        first, second = worker_looks()
        assert second.rendered.reply_to == first.rendered.reply_to == owner_token(burst, ann)
        assert header(second.rendered, "In-Reply-To") == first.message_id
        assert second.rendered.text.startswith(f"Your answer goes by text message to {PHONE}.")
        assert header(second.rendered, "List-Unsubscribe") == ""
        answered = post(second.rendered.reply_to, sender=ann.user.email, text="It is still there.")
        assert answered.outcome == Outcome.RELAYED
        (answer,) = sent_to_customer(burst)
        assert answer.rendered.text.endswith("It is still there.")

    def test_its_buttons_are_those_of_the_newest_message(self, burst):
        newest = burst.replies.order_by("-created_at").first()
        first, second = worker_looks()
        assert buttons(first) == [burst.pk] * 2
        assert buttons(second) == [newest.pk] * 2
        assert "/act/" in second.rendered.html

    def test_files_of_every_message_come_along(self, ann, clock):
        message = make_message(ann)
        for name in ("one.jpg", "two.jpg"):
            post(customer_token(message), files=(InboundFile(name, "image/jpeg", b"x"),))
        clock.shift(GATHER_FOR)
        _, second = worker_looks()
        assert [file.name for file in second.rendered.attachments] == ["one.jpg", "two.jpg"]

    def test_it_survives_a_worker_that_dies_over_it_and_is_told_once(self, ann, clock, monkeypatch):
        message = make_message(ann)
        post(customer_token(message), text="And the colour?")
        clock.shift(GATHER_FOR)

        def dies(*args, **kwargs):
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(of_one, "dispatch", dies)
            with pytest.raises(SystemExit):
                worker_looks()
        assert (len(sent()), waiting()) == (1, 1)
        assert "And the colour?" in worker_looks()[-1].rendered.text
        assert len(worker_looks()) == 2

    def test_each_conversation_and_each_member_has_his_own(self, ann, clock):
        bob = make_member(ann.business)
        messages = [
            make_message(ann, sender_email=f"{name}@home.example") for name in ("maya", "noor")
        ]
        CustomerMessage.objects.update(recipient=None)
        for message in messages:
            post(customer_token(message), sender=message.sender_email)
        clock.shift(GATHER_FOR)
        worker_looks()
        for message in messages:
            told = [each.to_address for each in notifications(message)]
            assert sorted(told) == sorted([ann.user.email] * 2 + [bob.user.email])


class TestWhoHasLooked:
    def test_what_comes_after_he_read_it_is_told_at_once(self, ann, clock):
        message = make_message(ann)
        clock.shift(timedelta(seconds=30))
        mark_as_read(message)
        clock.shift(timedelta(seconds=30))
        post(customer_token(message), text="Hello?")
        assert "Hello?" in sent()[-1].rendered.text

    def test_and_after_he_answered(self, ann, clock):
        message = make_message(ann)
        clock.shift(timedelta(seconds=30))
        make_reply(message, ann)
        clock.shift(timedelta(seconds=30))
        post(customer_token(message), text="Thanks!")
        assert "Thanks!" in sent()[-1].rendered.text

    def test_and_after_an_answer_of_his_that_did_not_arrive(self, ann, memory, clock):
        message = make_message(ann)
        clock.shift(timedelta(seconds=30))
        make_reply(message, ann)
        Delivery.objects.filter(purpose="notification").update(state=State.SENT, due_at=None)
        memory.answers.append(BadAddress())
        clock.shift(timedelta(seconds=30))
        drain()
        follow_up()
        assert "did not arrive" in sent()[-1].rendered.text
        post(customer_token(message), text="Hello?")
        assert "Hello?" in sent()[-1].rendered.text

    def test_word_of_a_mail_of_his_that_was_sent_to_nobody_gathers_nothing(self, ann, clock):
        message = make_message(ann)
        clock.shift(GATHER_FOR + timedelta(seconds=1))
        post(owner_token(message, ann), sender="ann@work.example", text="Yes.")
        assert "was not sent" in sent()[-1].rendered.text
        clock.shift(timedelta(minutes=1))
        post(customer_token(message), text="Hello?")
        assert "Hello?" in sent()[-1].rendered.text
        clock.shift(timedelta(minutes=1))
        post(customer_token(message), text="In red?")
        assert waiting() == 1

    def test_an_answer_by_mail_to_the_first_loses_nothing_of_the_second_and_keeps_the_order(
        self, ann, clock
    ):
        message = make_message(ann)
        clock.shift(timedelta(seconds=30))
        post(customer_token(message), text="Wait, in red?")
        clock.shift(timedelta(seconds=30))
        post(owner_token(message, ann), sender=ann.user.email, text="Yes.")
        clock.shift(timedelta(seconds=30))
        post(customer_token(message), text="Great.")
        assert len(sent()) == 1
        clock.shift(GATHER_FOR)
        text = worker_looks()[-1].rendered.text
        assert text.index("Wait, in red?") < text.index("Great.")

    def test_what_he_has_read_meanwhile_is_not_told_again(self, ann, clock):
        message = make_message(ann)
        clock.shift(timedelta(seconds=30))
        post(customer_token(message), text="Hello?")
        clock.shift(timedelta(seconds=30))
        mark_as_read(message.__class__.objects.get(pk=message.pk))
        clock.shift(GATHER_FOR)
        assert len(worker_looks()) == 1
        assert waiting() == 0

    def test_after_the_time_is_over_the_next_is_told_at_once(self, ann, clock):
        message = make_message(ann)
        clock.shift(GATHER_FOR + timedelta(seconds=1))
        post(customer_token(message))
        assert len(sent()) == 2


class TestWhatBecameOfTheConversation:
    def test_nothing_of_the_trash_is_told(self, ann, clock):
        message = make_message(ann)
        post(customer_token(message))
        trash(message.pk)
        clock.shift(GATHER_FOR)
        assert len(worker_looks()) == 1

    def test_what_was_joined_to_another_is_told_there(self, ann, clock):
        target, source = make_message(ann), make_message(ann)
        post(customer_token(source), text="The same, please.")
        join(source.pk, target.pk, ann)
        clock.shift(GATHER_FOR)
        newest = worker_looks()[-1].rendered
        assert "The same, please." in newest.text
        assert newest.reply_to == owner_token(target, ann)

    def test_nothing_is_held_by_it(self, burst, ann):
        assert not open_items(ann.user).exists()
